"""envdoctor finds out what is wrong with a data-science Python environment."""

__version__ = "0.1.0"
