"""The only room that runs a command or changes a file of the machine."""
