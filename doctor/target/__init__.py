"""Finds environments, and turns a name, path or interpreter into one.

`resolve` turns what the user typed into an Environment, `discover` lists those of the machine (`places` says where
they may lie, `active` what the shell uses), `recognise` says what a prefix is. `layout`, `pyvenv`, `versions` and
`executable` read one prefix; `running` and `import_path` say which Python runs in it and what it imports from.
Nothing here starts an interpreter or a package manager.
"""

from doctor.target.environment import Environment, Request

__all__ = ["Environment", "Request"]
