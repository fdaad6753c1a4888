"""OME-Zarr, through zarr-python, and through TensorStore for the witness."""
