"""What became of stores, told: figures, tables and pictures."""
