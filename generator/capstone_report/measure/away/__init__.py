"""Runs on other machines: what capstone and a job of a scheduler say to each other, in a folder.

Inside its job a run is guarded as it is here, so that its limits, its energy and what disturbed it
are known as well as those of any other; what comes back is the same `Ended`.
"""
