"""Bio-Formats, in Java, through JPype."""
