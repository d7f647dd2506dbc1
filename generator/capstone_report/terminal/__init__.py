"""How the command line shows things: problems, progress, plans, tables, JSON."""
