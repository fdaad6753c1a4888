"""What a person reads in the morning: status of every sample, a table, a page."""
