"""Electron microscopy, through RosettaSciIO."""
