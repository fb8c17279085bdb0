"""Repairs: a plan that can be read, a way back, the operation, and the proof.

plan, events, options   the data; as_json writes and reads it, with a schema
planning                findings to a plan: choose, merge, resolve to exact steps
managers, dry_run       package managers, their command lines, and what they say they would do
operate, operating      a plan to events: save, do, examine again, and put back unless it helped
undo, recover, history  what was done, and back again
export, rebuild         what is installed as text; environments created anew
host                    the only room that runs commands and changes files
"""
