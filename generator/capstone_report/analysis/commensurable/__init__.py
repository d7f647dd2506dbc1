"""Whether what is compared is alike: one file per family of checks, one function per check."""
