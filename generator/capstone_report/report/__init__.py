"""From facts to pages: Markdown, charts, tables and slides; nothing is computed here."""
