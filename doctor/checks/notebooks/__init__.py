"""Notebooks and project imports."""
