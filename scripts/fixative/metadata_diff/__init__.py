"""The metadata diff: one and the same reader at the source and at the archived file, value by value."""
