"""The archive object: a bag that is a crate, and how it is sealed."""
