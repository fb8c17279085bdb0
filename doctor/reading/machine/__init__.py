"""What the system tells of itself: processor, limits, GPUs."""
