"""What a repository expects, the path from here to there, and advice for whoever begins."""
