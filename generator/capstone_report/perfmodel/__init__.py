"""The formulas: statistics of measured times, and the cost models of the book."""
