"""Native libraries and what they were built for."""
