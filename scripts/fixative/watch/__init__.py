"""How far a run is, for people: a live picture on a terminal, plain lines in a log, for a run on any host."""
