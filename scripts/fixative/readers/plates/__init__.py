"""Plates, by the files that describe them."""
