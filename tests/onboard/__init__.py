"""Onboarding is driven in real repositories, with real managers, in a real terminal."""
