"""Brings measurements that were made elsewhere into a study, through a declared mapping."""
