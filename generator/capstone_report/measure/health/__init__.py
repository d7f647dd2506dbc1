"""What capstone and a workspace's studies need of a machine, looked at thing by thing."""

from capstone_report.measure.health.examined import examine

__all__ = ["examine"]
