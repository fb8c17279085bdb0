"""Asks package managers what a plan would change, on stand-ins that hold metadata alone."""
