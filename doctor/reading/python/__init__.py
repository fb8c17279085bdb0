"""What Python packaging writes: metadata, lists of files, start-up files, scripts."""
