"""A placeholder: the program that the study measures takes its place.

A program does the work, takes the time of it, and reports what study.toml declares:

    from capstone_report.workloads.emit import metric

    metric("work_time", seconds, "s")
    metric("checksum", result, "1")
"""

import sys

sys.exit("program.py is a placeholder: put the program that the study measures in its place")
