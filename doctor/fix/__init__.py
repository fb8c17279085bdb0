"""Repairs: a plan that can be read, a way back, the operation, and the proof.

choose    which findings and which of their remedies, merged and in order
planning  remedies to a plan: exact commands, edits, the difference in packages, what it costs
operate   a plan to events: save, do, examine again, and put back unless it helped
undo, recover, history   what was done, and back again

Only doctor.fix.host runs commands and changes files.
"""
