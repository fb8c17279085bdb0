"""What several checks ask of the same facts, judged in one place; pure.

Which requirements are met, who owns a file, what pip wrote over, which version is newer.
"""
