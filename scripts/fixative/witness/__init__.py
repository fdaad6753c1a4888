"""The witness: a second reader, whose decoder is another code base, reads the source again."""
