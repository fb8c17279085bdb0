"""Measures envdoctor against the tools that people have, as whole processes side by side; asserts nothing."""
