"""CZI, through libCZI, and tile by tile for the witness."""
