"""Code that runs unasked, doors left open, and secrets left lying about."""
