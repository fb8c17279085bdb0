"""Brings in what is compared: environments of this machine, files that somebody sent, and what is known of the past."""
