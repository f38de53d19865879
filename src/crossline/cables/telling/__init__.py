"""An outcome as figures, tables and pictures."""
