"""Reads the headers of native libraries: ELF, Mach-O and PE. Nothing is ever loaded or run."""
