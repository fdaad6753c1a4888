"""Everything a source says about itself, as trees of plain values."""
