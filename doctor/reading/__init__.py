"""How bytes that nobody vouches for come in: bounded, of regular files only, cleaned and redacted once."""
