"""Package managers: which there are, which should do the work, and their exact command lines."""
