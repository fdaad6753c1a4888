"""Films and JPEG 2000, through PyAV and the decoders of FFmpeg itself."""
