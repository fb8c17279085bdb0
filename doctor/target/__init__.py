"""Finds environments, and turns a name, path or interpreter into one.

`layout` knows where things lie inside a prefix, `resolve` turns what the user typed into an Environment,
`discover` lists those of the machine. Nothing here starts an interpreter or a package manager.
"""

from doctor.target.environment import Environment, Request

__all__ = ["Environment", "Request"]
