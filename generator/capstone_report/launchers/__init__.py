"""How a program starts: one launcher per file."""
