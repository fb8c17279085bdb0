"""Patients: real wheels, real virtual environments, made in a moment and without a network."""
