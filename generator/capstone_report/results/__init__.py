"""What was measured: frozen records, their format, and the append-only store."""
