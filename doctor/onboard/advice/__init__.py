"""Advice for whoever begins: which package manager suits this project and problem, and the file that says so."""
