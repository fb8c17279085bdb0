"""What a repository holds: its policy, its specifications, what its code imports."""
