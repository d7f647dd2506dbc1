"""How a program's output becomes samples: one parser per file."""
