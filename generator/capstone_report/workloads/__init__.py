"""Stand-alone code that runs inside benchmark programs, in other processes."""
