"""Creates an environment where there is none, from a project's own files; what fails is removed, undo removes it whole.

No command goes through a shell, and nothing is ever written over a folder that is there.
"""
