"""What communication costs: one cost model per file."""
