"""The rules of reporting performance that every report is held against, in our words.

Sources: Hoefler and Belli, "Scientific Benchmarking of Parallel Computing Systems" (SC15), rules 1 to
12; MLCommons, rules of MLPerf Training, sections on results and on reference convergence.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingRule:
    """One rule, and where a study that does not keep it is mended."""

    number: str
    says: str
    mend: str


BASELINE = ReportingRule(
    number="1",
    says="A speedup says what its base is, and how fast that is in absolute terms",
    mend="measure the benchmark that [baseline] names",
)
SUBSET = ReportingRule(
    number="2",
    says="What is left out, cases or parts of the machine, is named with its reason",
    mend="measure what is missing with `capstone run`, or say in [sizing] why no more workers are asked for",
)
MEANS = ReportingRule(
    number="3",
    says="Costs, rates and counts are each summarised in their own way",
    mend="correct the kind or the unit of these metrics",
)
RATIOS = ReportingRule(
    number="4",
    says="Ratios are made of summarised times, and are not summarised themselves",
    mend="report the times or the rates behind these metrics, or declare them as a quality",
)
INTERVALS = ReportingRule(
    number="5",
    says="What varies from run to run has an interval",
    mend="give these cases at least 6 runs (`repeats`)",
)
NORMALITY = ReportingRule(
    number="6",
    says="Nothing is taken for normal that was not checked",
    mend="measure at least 8 runs on each side; where the check fails, judge by the gate instead",
)
COMPARISON = ReportingRule(
    number="7",
    says="A comparison rests on an interval that was made for comparing",
    mend="give both sides at least 4 runs, 6 are better",
)
PERCENTILES = ReportingRule(
    number="8",
    says="Where the slow cases matter, percentiles stand beside the median",
    mend="let the program report a high percentile as a metric of its own, such as latency_p99",
)
SETUP = ReportingRule(
    number="9",
    says="All factors, their levels and the whole setup are documented",
    mend="commit the study before it is measured, and measure where the machine can be read",
)
PARALLEL_TIME = ReportingRule(
    number="10",
    says="How the time of several workers becomes one number is known",
    mend='let every worker report its time, with scope = "per-worker", or one clock that of the job, with scope = "total"',
)
BOUNDS = ReportingRule(
    number="11",
    says="Upper bounds stand beside what was reached",
    mend="declare [prediction], or measure the roofs with `capstone diagnose`",
)
PLOTS = ReportingRule(
    number="12",
    says="Plots show how runs spread, and no line where nothing is known between points",
    mend="measure each case at least 3 times (`repeats`)",
)
GATE_FIRST = ReportingRule(
    number="M1",
    says="Only runs that reach the quality are timed",
    mend="give a quality a gate, and let every counted run reach it",
)
FIXED_COUNTS = ReportingRule(
    number="M2",
    says="How many runs count is decided before they are made",
    mend="raise repeats to the number of runs that were made, or measure again in a new folder",
)
FAILURES = ReportingRule(
    number="M3",
    says="A run that fails is shown, and counts as the slowest",
    mend="mend what makes runs fail, or give them more time (`timeout_s`), and measure again",
)
