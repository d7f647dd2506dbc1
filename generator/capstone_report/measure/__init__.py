"""Runs a plan on this machine and writes down what each run brought home."""
