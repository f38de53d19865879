"""An outcome told: figures, tables and pictures of an Impact."""
