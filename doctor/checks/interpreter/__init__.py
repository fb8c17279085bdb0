"""Interpreter and leaks."""
