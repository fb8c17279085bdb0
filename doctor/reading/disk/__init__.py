"""Walks and hashes many files, beside this process where that pays."""
