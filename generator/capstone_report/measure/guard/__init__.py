"""The guard: a small process of its own that starts runs, watches them, and leaves none behind.

It lives in its own session, so that a terminal's Ctrl-C does not reach what it guards; orphans of a
run become its children (Linux: PR_SET_CHILD_SUBREAPER), so none escapes; and a socket ties it to
capstone: when that closes, however capstone ended, the guard ends what still runs and goes, too.
One guard serves a whole campaign: starting a run costs no start of Python.
"""
