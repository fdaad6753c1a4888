"""Which metadata an image must have, what a person may supply, and how complete the whole is."""
