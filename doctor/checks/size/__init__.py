"""Size: room on disk that an environment takes, wastes or lacks."""
