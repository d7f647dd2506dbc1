"""CAP3xx: what a calibration of a link cannot say, and who needs one."""

from capstone_report.findings.finding import Rule, Severity

NOT_IDENTIFIED = Rule(
    code="CAP380",
    severity=Severity.WARNING,
    title="A constant of the link is not identified",
    why="A latency below zero or a bandwidth known to a factor of two predicts nothing.",
    what="the {constant} between {workers} workers is not identified: {reason}",
    remedy="{remedy}",
    section="41.4",
)

NOT_CALIBRATED = Rule(
    code="CAP381",
    severity=Severity.WARNING,
    title="A prediction waits for a calibration",
    why="A study that leaves its constants to a calibration has none until the link is measured.",
    what="[prediction] leaves {constants} to a calibration, and {lack}",
    remedy="run `capstone calibrate {study}` on the machine that the report is about",
    section="41.4",
)

CANNOT_CALIBRATE = Rule(
    code="CAP382",
    severity=Severity.ERROR,
    title="There is no link here to calibrate",
    why="Messages need somebody to send them to; the launcher decides where the ranks are.",
    what="{reason}",
    remedy="{remedy}",
    section="41.4",
)
