"""Results to text, JSON and other formats; pure."""
