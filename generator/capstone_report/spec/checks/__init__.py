"""The checks: what one field cannot know. One function is one check; nothing registers it.

A check's parameters name the sections of the study that it reads, as in its TOML: `problem`,
`axis`, `benchmarks`, a slot of the design, `prices` of the workspace. It runs when all of them are
valid one by one, so that a mistake in one section never hides a disagreement between others.
"""
