"""Fixative: archives microscopy images as sealed, self-describing, provably complete objects."""

__version__ = "0.1.0"
