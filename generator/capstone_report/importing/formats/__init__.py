"""How files of foreign measurements become rows: one file per format."""
