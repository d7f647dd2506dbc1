"""A report in other forms: tables, one JSON document, Markdown, LaTeX and a notebook; nothing is written here."""
