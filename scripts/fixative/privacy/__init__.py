"""Privacy: policies, sanitising, and the search for private values in what is published."""
