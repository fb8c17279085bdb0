"""Configuration of pip and uv, and lines of shell files."""
