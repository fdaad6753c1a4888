"""Whole slides, through OpenSlide."""
