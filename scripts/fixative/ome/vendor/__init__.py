"""What each vendor's metadata states, one module for a vendor or a family of formats."""
