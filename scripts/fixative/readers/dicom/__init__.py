"""DICOM, whole slides included, through pydicom."""
