"""Readers: a source is opened by the first backend of its format that can."""
