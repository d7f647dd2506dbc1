"""Every caveat and refusal: one rule each, with its code, its reason and its wording."""
