"""Installers mixed in one environment."""
