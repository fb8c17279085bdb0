"""The grammar of each command, with the help that goes with it."""
