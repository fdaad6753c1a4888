"""Curation: what is known of a data set, scored from evidence in its sealed objects, and its README."""
