"""The book's calculators as commands: they need no study, compute by perfmodel and print."""
