"""OME-XML 2016-06: taken from the reader or built, corrected to the pixels, completed for an OME-TIFF."""
