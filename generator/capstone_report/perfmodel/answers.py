"""How each question of the diagnosis is answered from the numbers of a profile."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from capstone_report.perfmodel.flow import Question
from capstone_report.perfmodel.profile import Profile, Threshold, Thresholds, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One number of an answer, beside the thresholds it was held against."""

    name: str
    number: float | None
    threshold: Threshold

    @property
    def verdict(self) -> Verdict:
        """Return what this number alone says."""
        return Verdict.UNKNOWN if self.number is None else self.threshold.judge(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one question was answered, and from which numbers."""

    question: Question
    verdict: Verdict
    readings: tuple[Reading, ...] = ()


def _any_of(question: Question, *readings: Reading) -> Answer:
    """Answer with the strongest of the readings: one of them is enough."""
    known = [reading.verdict for reading in readings if reading.verdict is not Verdict.UNKNOWN]
    verdict = max(known, key=_STRENGTH.index) if known else Verdict.UNKNOWN
    return Answer(question=question, verdict=verdict, readings=readings)


def _all_of(question: Question, first: Reading, *others: Reading) -> Answer:
    """Answer with the weakest of the readings: the first is needed, others count where known."""
    known = [r.verdict for r in (first, *others) if r.verdict is not Verdict.UNKNOWN]
    verdict = Verdict.UNKNOWN if first.number is None else min(known, key=_STRENGTH.index)
    return Answer(question=question, verdict=verdict, readings=(first, *others))


def _implementation(question: Question, profile: Profile, thresholds: Thresholds) -> Answer:
    """Ask whether both roofs are far away, and whether waiting explains it."""
    limit = thresholds.share_of_roofs
    shares = (profile.compute_roof_share, profile.bandwidth_roof_share)
    best = max((share for share in shares if share is not None), default=None)
    if best is not None and None in shares and limit.judge(best) is not Verdict.NO:
        # One roof that is near answers alone; one that is far says nothing about the other.
        best = None
    low = Reading(name="share of the nearer roof", number=best, threshold=limit)
    waits = _io_reading(profile, thresholds)
    explained = (waits, *_service_readings(profile, thresholds))
    verdict = low.verdict
    if profile.out_of_memory or Verdict.YES in {reading.verdict for reading in explained}:
        verdict = Verdict.NO
    elif verdict is Verdict.YES and waits.verdict is not Verdict.NO:
        # A step that waits for data is far from both roofs too: only an ablation tells them apart.
        verdict = Verdict.GREY
    return Answer(question=question, verdict=verdict, readings=(low, waits))


def _memory_capacity(question: Question, profile: Profile, thresholds: Thresholds) -> Answer:
    """Ask whether the working set fits, by bytes, by paging, or by an allocation that failed."""
    share = _ratio(profile.working_set_bytes, profile.memory_bytes)
    answer = _any_of(
        question,
        Reading(name="share of the memory", number=share, threshold=thresholds.memory_share),
        Reading(
            name="major page faults per second",
            number=profile.major_faults_per_s,
            threshold=thresholds.major_faults_per_s,
        ),
    )
    if profile.out_of_memory:
        return Answer(question=question, verdict=Verdict.YES, readings=answer.readings)
    return answer


def _storage_capacity(question: Question, profile: Profile, thresholds: Thresholds) -> Answer:
    """Ask whether one node can store the data set."""
    share = _ratio(profile.dataset_bytes, profile.storage_bytes)
    return _any_of(
        question,
        Reading(name="share of the storage", number=share, threshold=thresholds.storage_share),
    )


def _service_level(question: Question, profile: Profile, thresholds: Thresholds) -> Answer:
    """Ask whether latency or rate misses what was declared."""
    return _any_of(question, *_service_readings(profile, thresholds))


def _service_time(question: Question, profile: Profile, thresholds: Thresholds) -> Answer:
    """Ask whether an idle machine is already too slow for one request."""
    ratio = _ratio(profile.unloaded_latency_s, profile.latency_limit_s)
    return _any_of(
        question,
        Reading(
            name="latency without load over its limit",
            number=ratio,
            threshold=thresholds.service_ratio,
        ),
    )


def _data_io(question: Question, profile: Profile, thresholds: Thresholds) -> Answer:
    """Ask which share of a step loading explains."""
    return _any_of(question, _io_reading(profile, thresholds))


def _coordination(question: Question, profile: Profile, thresholds: Thresholds) -> Answer:
    """Ask which share of a step would be, or is, waiting for peers."""
    return _any_of(
        question,
        Reading(
            name="predicted communication share of a step",
            number=_predicted_share(profile),
            threshold=thresholds.communication_share,
        ),
        Reading(
            name="share of waiting at barriers",
            number=profile.barrier_share,
            threshold=thresholds.barrier_share,
        ),
        Reading(
            name="share of waiting for locks and queues",
            number=profile.lock_share,
            threshold=thresholds.lock_share,
        ),
    )


def _memory_bandwidth(question: Question, profile: Profile, thresholds: Thresholds) -> Answer:
    """Ask whether streaming takes longer, and runs near its roof."""
    return _all_of(
        question,
        Reading(
            name="streaming over arithmetic",
            number=_ratio(profile.memory_s, profile.compute_s),
            threshold=thresholds.dominance,
        ),
        Reading(
            name="share of the memory bandwidth",
            number=profile.bandwidth_roof_share,
            threshold=thresholds.bandwidth_share,
        ),
    )


def _compute(question: Question, profile: Profile, thresholds: Thresholds) -> Answer:
    """Ask whether the arithmetic takes longer, and runs near its roof."""
    return _all_of(
        question,
        Reading(
            name="arithmetic over streaming",
            number=_ratio(profile.compute_s, profile.memory_s),
            threshold=thresholds.dominance,
        ),
        Reading(
            name="share of the compute roof",
            number=profile.compute_roof_share,
            threshold=thresholds.compute_share,
        ),
    )


def _who_waits(question: Question, profile: Profile, _: Thresholds) -> Answer:
    """Say whether agents wait, as declared."""
    return Answer(question=question, verdict=_declared(profile.agents_wait))


def _what_streams(question: Question, profile: Profile, _: Thresholds) -> Answer:
    """Say whether parameters stream, as declared."""
    return Answer(question=question, verdict=_declared(profile.parameters_stream))


def _declared(fact: bool | None) -> Verdict:  # noqa: FBT001 - the fact itself is the argument
    """Return a declared fact as an answer."""
    if fact is None:
        return Verdict.UNKNOWN
    return Verdict.YES if fact else Verdict.NO


def _service_readings(profile: Profile, thresholds: Thresholds) -> tuple[Reading, Reading]:
    """Return latency and rate against what was declared."""
    latency = _ratio(profile.tail_latency_s, profile.latency_limit_s)
    rate = _ratio(profile.required_rate_per_s, profile.sustained_rate_per_s)
    limit = thresholds.service_ratio
    return (
        Reading(name="latency over its limit", number=latency, threshold=limit),
        Reading(name="required over sustained rate", number=rate, threshold=limit),
    )


def _io_reading(profile: Profile, thresholds: Thresholds) -> Reading:
    """Return f_io = 1 - T_cached / T_real, the share of a step that loading explains."""
    kept = _ratio(profile.step_without_loading_s, profile.step_s)
    return Reading(
        name="share of a step that loading explains",
        number=None if kept is None else 1 - kept,
        threshold=thresholds.data_io_share,
    )


def _predicted_share(profile: Profile) -> float | None:
    """Return T_comm / (T_comm + T / p) at the workers that are asked for; T is one machine's step.

    Where nothing says what that step takes, its arithmetic stands in for it.
    """
    work_s = profile.compute_s if profile.work_s is None else profile.work_s
    if profile.workers is None or profile.communication_s is None or work_s is None:
        return None
    step_s = profile.communication_s + work_s / profile.workers
    return _ratio(profile.communication_s, step_s)


def _ratio(numerator: float | None, denominator: float | None) -> float | None:
    """Return a quotient of two measurements, None while one of them is missing."""
    if numerator is None or denominator is None:
        return None
    if not denominator:
        return math.inf if numerator else 0.0
    return numerator / denominator


_STRENGTH = (Verdict.NO, Verdict.GREY, Verdict.YES)
ANSWERS: dict[str, Callable[[Question, Profile, Thresholds], Answer]] = {
    "implementation": _implementation,
    "memory-capacity": _memory_capacity,
    "storage-capacity": _storage_capacity,
    "service-level": _service_level,
    "service-time": _service_time,
    "data-io": _data_io,
    "coordination": _coordination,
    "who-waits": _who_waits,
    "memory-bandwidth": _memory_bandwidth,
    "what-streams": _what_streams,
    "compute": _compute,
}
"""How each question of the flow is answered."""
