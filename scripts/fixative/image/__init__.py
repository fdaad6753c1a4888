"""The archived image: digests, pyramid, codec, writer, thumbnail."""
