"""Where the book's chapter 41 errs: what it prints, what is right, and by how much it matters."""
