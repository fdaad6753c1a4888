"""Deposit packages: sealed objects made ready for a repository, from what they say of themselves."""
