"""capstone: from one declared scale-out study to a measured, defensible report."""

__version__ = "0.1.0"
