"""Volumes, through ITK, nibabel and astropy, and the whole planes of truncated ones."""
