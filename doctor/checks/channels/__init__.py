"""Channels and indexes."""
