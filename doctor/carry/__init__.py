"""envdoctor in one file: what goes into it, and how it starts there."""
