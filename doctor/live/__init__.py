"""Tries things in the environment's own Python: the only room that starts it, and only because the user said yes.

Importing a package runs it, with all that the user may do. What is here guards against accidents (hanging,
crashing, eating memory, multiplying); it is no prison for code that means harm.
"""
