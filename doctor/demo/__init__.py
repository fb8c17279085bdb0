"""A stage to try everything on: a throw-away home folder with real patients, made on the spot without a network.

Writes below its own folder alone, and takes that away again.
"""
