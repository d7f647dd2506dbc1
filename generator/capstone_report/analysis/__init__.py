"""From records to facts: summaries, speedups, costs, and what the data cannot carry."""
