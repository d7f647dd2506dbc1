"""Why a record no longer counts: what its case was then, against what is planned now; pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pydantic import JsonValue

from capstone_report.cases import Case
from capstone_report.plan import Plan, changed_facts
from capstone_report.results.records import Environment, Phase, RunRecord

NOT_SAID = "the program, its inputs or its command changed"
"""What is known of a record whose case is not in the open: that its fingerprint differs."""
SHOWN_LENGTH = 60
SHOWN_REASONS = 4
FACTS = {
    "cpu": "processor",
    "cores": "cores",
    "physical_cores": "physical cores",
    "python": "Python",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleRun:
    """A record that is kept and not counted, with everything that changed since."""

    record: RunRecord
    reasons: tuple[str, ...]


def stale_runs(
    plan: Plan, records: Sequence[RunRecord], current: Sequence[RunRecord]
) -> tuple[StaleRun, ...]:
    """Return the records that are not among the plan's current ones, with what changed, in order."""
    counting = {id(record) for record in current}
    cases = {run.case.id: run.case for run in plan.runs}
    skipped = {case.case_id: case.reason for case in plan.skipped}
    return tuple(
        StaleRun(record=record, reasons=_reasons(plan, cases, skipped, record))
        for record in records
        if id(record) not in counting
    )


def tally(stale: Sequence[StaleRun]) -> tuple[tuple[str, int], ...]:
    """Return each reason with the number of its runs, the most frequent first."""
    counts = Counter(reason for run in stale for reason in run.reasons)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def worded(reasons: Sequence[tuple[str, int]]) -> str:
    """Return the most frequent reasons in one line, with the number of runs of each."""
    shown = [f"{reason} ({runs})" for reason, runs in reasons[:SHOWN_REASONS]]
    left_out = len(reasons) - len(shown)
    return ", ".join([*shown, f"and {left_out} more"] if left_out else shown)


def changes(record: RunRecord, case: Case, environment: Environment | None) -> tuple[str, ...]:
    """Say what changed between a record and its case as it is planned in an environment now."""
    facts = _facts(record.environment, environment) if environment else ()
    if record.fingerprint == case.fingerprint:
        return tuple(facts)
    of_case = tuple(_identity(record.identity, case)) if record.identity else ()
    return (*(of_case or (NOT_SAID,)), *facts)


def measured_engine_variables(record: RunRecord) -> dict[str, str]:
    """Return the engine variables that a run saw; none where its case is not in the open."""
    variables = _table(record.identity.get("engine_variables"))
    return {name: str(value) for name, value in variables.items()}


def measured_programs(records: Sequence[RunRecord]) -> dict[str, dict[str, str]]:
    """Return the hashes of the programs that commands began with, by benchmark, the newest of each."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for record in records:
        programs = _table(record.identity.get("programs"))
        found[record.benchmark] |= {name: str(value) for name, value in programs.items()}
    return dict(found)


def _reasons(
    plan: Plan, cases: Mapping[str, Case], skipped: Mapping[str, str], record: RunRecord
) -> tuple[str, ...]:
    """Say why a record does not count: its case is gone, changed, or planned no more."""
    case = cases.get(record.case_id)
    if case is None:
        facts = _facts(record.environment, plan.environment) if plan.environment else ()
        return (skipped.get(record.case_id, "the case is no longer declared"), *facts)
    return changes(record, case, plan.environment) or (_unplanned(plan, record.phase),)


def _unplanned(plan: Plan, phase: Phase) -> str:
    """Say why an unchanged case is not planned for a phase any more."""
    if phase is not Phase.MEASUREMENT:
        return f"no {phase.value.replace('-', ' ')} is planned any more"
    return "the trial is not complete" if plan.tuned is None else "the trial chose another level"


def _identity(then: Mapping[str, JsonValue], case: Case) -> Iterator[str]:
    """Yield what differs between the identity of a record and that of its case."""
    now = case.identity
    for key in ("files", "programs"):
        yield from _files(_table(then.get(key)), _table(now.get(key)))
    seed, reseeded = then.get("seed"), then.get("seed") != now["seed"]
    words = [str(word) for word in _list(then.get("command"))]
    if reseeded:
        yield f"seed {shown(seed)} -> {shown(now['seed'])}"
    if words != list(case.command) and not (reseeded and words == _command(case, seed)):
        yield f"the command changed: {_command_changes(words, case.command)}"
    if then.get("device") != now["device"]:
        yield f"device {shown(then.get('device'))} -> {shown(now['device'])}"
    for what in ("launcher", "parser"):
        yield from _extensions(what, _kind_first(then.get(what)), _kind_first(now[what]))
    yield from _injections(_table(then.get("inject")), _table(now.get("inject")))
    for key in ("env", "engine_variables"):
        yield from _variables(_table(then.get(key)), _table(now.get(key)))


def _files(then: Mapping[str, JsonValue], now: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield each program or input that is another one, new or gone."""
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            what = "changed" if name in then and name in now else "is new"
            yield f"{shown(name)} {what if name in now else 'is gone'}"


def _command(case: Case, seed: JsonValue) -> list[str]:
    """Return a case's command as another seed fills it in."""
    return [word.format(seed=seed, **case.levels) for word in case.benchmark.command or ()]


def _command_changes(then: Sequence[str], now: Sequence[str]) -> str:
    """Return which words of a command changed, each beside the option that it belongs to."""
    said = []
    matcher = SequenceMatcher(a=then, b=now, autojunk=False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        before, after = " ".join(then[old:old_end]), " ".join(now[new:new_end])
        if kind == "replace":
            option = then[old - 1] + " " if old and then[old - 1].startswith("-") else ""
            said.append(f"{shown(option + before)} -> {shown(option + after)}")
        elif kind == "insert":
            said.append(f"{shown(after)} is new")
        elif kind == "delete":
            said.append(f"{shown(before)} is gone")
    return ", ".join(said)


def _extensions(what: str, then: Sequence[JsonValue], now: Sequence[JsonValue]) -> Iterator[str]:
    """Yield an extension's kind when it is another one, or else each option that is."""
    if then[:1] != now[:1]:
        yield f"{what} {shown(next(iter(then), None))} -> {shown(now[0])}"
        return
    old, new = (_table(next(iter(extension[1:]), None)) for extension in (then, now))
    for option in sorted(old.keys() | new.keys()):
        if old.get(option) != new.get(option):
            yield f"{what}'s {option} {shown(old.get(option))} -> {shown(new.get(option))}"


def _injections(then: Mapping[str, JsonValue], now: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield each part of an injected fault that is another one."""
    for key in sorted(then.keys() | now.keys()):
        if then.get(key) != now.get(key):
            yield f"inject's {key} {shown(then.get(key))} -> {shown(now.get(key))}"


def _kind_first(value: JsonValue) -> Sequence[JsonValue]:
    """Return an extension as its kind and its options; one without any is its kind alone."""
    return [value] if isinstance(value, str) else _list(value)


def _variables(then: Mapping[str, JsonValue], now: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield each environment variable that was set, unset or given another value."""
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            old, new = (shown(where[name]) if name in where else "unset" for where in (then, now))
            yield f"{shown(name)} was {old}, is {new}"


def _facts(then: Environment, now: Environment) -> Iterator[str]:
    """Yield each fact of machine and software in which a record's environment differs."""
    for name in changed_facts(then, now):
        if name == "packages":
            yield from _packages(then.packages, now.packages)
        elif name == "gpus":
            yield f"GPUs {_gpus(then)} -> {_gpus(now)}"
        else:
            yield f"{FACTS[name]} {shown(getattr(then, name))} -> {shown(getattr(now, name))}"


def _packages(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield each package that has another version."""
    for name in sorted(then.keys() | now.keys()):
        old, new = then.get(name, "not installed"), now.get(name, "not installed")
        if old != new:
            yield f"{shown(name)} {shown(old)} -> {shown(new)}"


def _gpus(environment: Environment) -> str:
    """Return the GPUs of an environment, equal ones counted."""
    counted = Counter(environment.gpus)
    return ", ".join(f"{number} x {shown(name)}" for name, number in counted.items()) or "none"


def _table(value: JsonValue) -> Mapping[str, JsonValue]:
    """Return a table of a record's identity; an absent one is empty."""
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> Sequence[JsonValue]:
    """Return a list of a record's identity; an absent one is empty."""
    return value if isinstance(value, list) else ()


def shown(value: JsonValue) -> str:
    """Return a value as it may stand in a line: no controls, not long, and never nothing."""
    text = value if isinstance(value, str) else "none" if value is None else str(value)
    safe = text if text and text.isprintable() else repr(text)
    return safe if len(safe) <= SHOWN_LENGTH else f"{safe[:SHOWN_LENGTH]}..."
