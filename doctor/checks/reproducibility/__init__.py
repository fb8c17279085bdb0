"""Reproducibility: what the project says of its environment, and whether another machine could make the same."""
