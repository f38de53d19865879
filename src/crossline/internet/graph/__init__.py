"""The graph of ASes: read, checked, and taken apart."""
