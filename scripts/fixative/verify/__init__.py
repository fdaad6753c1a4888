"""Verification: a program of its own, which shares no code with what writes an object."""
