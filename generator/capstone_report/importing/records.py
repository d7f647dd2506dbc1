"""From readings to run records of a study's benchmark that is measured elsewhere; pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from capstone_report import __version__
from capstone_report.cases import Case, declared_cases
from capstone_report.errors import SpecError
from capstone_report.findings.importing import NO_PLACE_IN_STUDY
from capstone_report.importing.mapping import Mapping
from capstone_report.importing.reading import CellError, Reading, Value
from capstone_report.results.records import (
    Environment,
    Imported,
    Outcome,
    Phase,
    RunRecord,
    Sample,
)
from capstone_report.spec.benchmarks import Benchmark, Level, Metric
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.nearest import did_you_mean
from capstone_report.spec.study import Study
from capstone_report.spec.vocabulary import MetricKind, Scope
from capstone_report.units import UNITS, parse_quantity, to_si

UNKNOWN = "unknown"


def imported_environment(mapping: Mapping) -> Environment:
    """Return what a mapping says about the machine; everything else is unknown."""
    return Environment(
        cpu=mapping.machine,
        cores=mapping.cores,
        physical_cores=None,
        memory_bytes=0,
        system=UNKNOWN,
        python=UNKNOWN,
        capstone=__version__,
    )


def imported_records(
    loaded: LoadedStudy, mapping: Mapping, readings: Sequence[Reading], imported: Imported
) -> tuple[RunRecord, ...]:
    """Return one record per reading, at the case of the study that it belongs to.

    Raises:
        SpecError: the study has no place for a reading; every reason is told, each once.
    """
    study = loaded.study
    problems: dict[str, str] = {}
    records: list[RunRecord] = []
    repeats: Counter[str] = Counter()
    environment = imported_environment(mapping)
    try:
        benchmark = _benchmark(study, mapping)
    except CellError as error:
        raise _refused(loaded, {error.reason: error.remedy}) from error
    cases = [case for case in declared_cases(loaded) if case.benchmark is benchmark]
    for reading in readings:
        try:
            case = _case(cases, benchmark, reading)
            samples = tuple(_samples(study, reading))
        except CellError as error:
            problems[error.reason] = error.remedy
            continue
        records.append(
            RunRecord(
                run_id=f"{_slug(case.id)}-imported-{repeats[case.id]}",
                case_id=case.id,
                fingerprint=case.fingerprint,
                identity=case.identity,
                benchmark=benchmark.name,
                phase=Phase.MEASUREMENT,
                workers=case.allocation.workers,
                threads=case.allocation.threads,
                levels=case.levels,
                repeat=repeats[case.id],
                attempt=0,
                order=len(records),
                command=(),
                started_at=imported.date,
                outcome=Outcome.OK,
                wall_time_s=0.0,
                exit_code=None,
                signal=None,
                peak_memory_bytes=0,
                cpu_time_s=0.0,
                other_load=0.0,
                imported=imported,
                setup={name: _said(written) for name, written in reading.setup.items()},
                samples=samples,
                notes=tuple(_notes(study, reading)),
                environment=environment,
            )
        )
        repeats[case.id] += 1
    if problems:
        raise _refused(loaded, problems)
    return tuple(records)


def _refused(loaded: LoadedStudy, problems: dict[str, str]) -> SpecError:
    """Return the refusal of everything that the study has no place for."""
    where = f"specs/{loaded.id}"
    return SpecError(
        *(NO_PLACE_IN_STUDY(where, what=what, remedy=do) for what, do in problems.items())
    )


def _benchmark(study: Study, mapping: Mapping) -> Benchmark:
    """Return the benchmark that the runs belong to: the named one, or the only external one."""
    external = {b.name: b for b in study.benchmarks if b.external}
    known = ", ".join(external) or "none"
    name = mapping.benchmark or (next(iter(external)) if len(external) == 1 else None)
    if name is None:
        raise CellError(
            f"it has {len(external)} benchmarks that are measured elsewhere: {known}",
            "name one with benchmark in the mapping"
            if external
            else 'give a benchmark external = { where = "...", how = "..." } instead of a command',
        )
    if name not in external:
        suggestion = did_you_mean(name, external)
        raise CellError(
            f"no benchmark '{name}' is measured elsewhere{suggestion}",
            f"those with external = {{ ... }} are: {known}",
        )
    return external[name]


def _case(cases: Sequence[Case], benchmark: Benchmark, reading: Reading) -> Case:
    """Return the declared case of a reading."""
    wanted: dict[str, Level] = {"workers": _level(benchmark, "workers", str(reading.workers))}
    for factor, values in benchmark.levels.items():
        if factor in reading.levels:
            wanted[factor] = _level(benchmark, factor, reading.levels[factor])
        elif len(values) > 1 and factor != "workers":
            raise CellError(
                f"the benchmark '{benchmark.name}' has several levels of {factor}",
                f"say under levels in the mapping which column holds {factor}",
            )
    unknown = ", ".join(reading.levels.keys() - benchmark.levels.keys())
    if unknown:
        raise CellError(
            f"the benchmark '{benchmark.name}' has no factor {unknown}",
            "correct levels in the mapping",
        )
    return next(case for case in cases if wanted.items() <= case.levels.items())


def _level(benchmark: Benchmark, factor: str, written: str) -> Level:
    """Return the declared level that a cell says."""
    declared = benchmark.levels.get(factor, (1,))
    for level in declared:
        if str(level) == written or (not isinstance(level, str) and _number(written) == level):
            return level
    levels = ", ".join(map(str, declared))
    raise CellError(
        f"{factor} = {written} is no declared level of the benchmark '{benchmark.name}'",
        f"declare it beside {levels}, or keep other rows with rows in the mapping",
    )


def _number(written: str) -> float | None:
    """Return a plain number, or nothing."""
    try:
        return parse_quantity(written, "1")
    except ValueError:
        return None


def _said(written: str) -> float | str:
    """Return a cell of a setup: a plain number where it is one, otherwise its words."""
    amount = _number(written)
    return written if amount is None else amount


def _samples(study: Study, reading: Reading) -> Iterator[Sample]:
    """Yield one sample per metric, in the study's unit, of the whole job."""
    for name, value in reading.values.items():
        metric = _metric(study, name, value)
        factor = _workers_in(metric, value, reading)
        amount = to_si(value.amount, value.unit) / to_si(1.0, metric.unit) * factor
        yield Sample(metric=name, value=amount, unit=metric.unit)


def _metric(study: Study, name: str, value: Value) -> Metric:
    """Return a declared metric that measures what a value does."""
    metric = study.metrics.get(name)
    if metric is None:
        suggestion = did_you_mean(name, study.metrics)
        raise CellError(
            f"it declares no metric '{name}'{suggestion}",
            f"metrics are: {', '.join(study.metrics)}",
        )
    if UNITS[metric.unit][0] != UNITS[value.unit][0]:
        raise CellError(
            f"{name} is in {metric.unit}, and the mapping gives it in {value.unit}",
            "correct the unit on the side that is wrong",
        )
    return metric


def _workers_in(metric: Metric, value: Value, reading: Reading) -> int:
    """Return how often a value counts for the whole job: shares of rates and counts add up."""
    shares = metric.kind in {MetricKind.RATE, MetricKind.COUNT}
    return reading.workers if shares and value.scope is Scope.PER_WORKER else 1


def _notes(study: Study, reading: Reading) -> Iterator[str]:
    """Yield where each value stood, as it was written."""
    for name, value in reading.values.items():
        times = _workers_in(study.metrics[name], value, reading)
        scaled = "" if value.factor == 1 else f" times {value.factor:g} {value.unit}"
        of_each = f" of each worker, times {times}" if times > 1 else ""
        yield f"{name}: line {reading.line}, {value.column} = {value.written}{scaled}{of_each}"


def _slug(case_id: str) -> str:
    """Return a case's id as it may stand in the name of a run."""
    return "".join(letter if letter.isalnum() else "-" for letter in case_id)
