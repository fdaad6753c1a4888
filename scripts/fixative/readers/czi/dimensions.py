"""What the letters of a CZI's dimensions mean, in the words of `fixative.readers.axes`."""

MEANINGS = {
    "T": "time",
    "C": "channel",
    "Z": "depth",
    "V": "angle",
    "H": "phase",
    "I": "illumination",
    "R": "rotation",
    "B": "block",
}
