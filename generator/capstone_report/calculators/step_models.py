"""The step model that `capstone predict` is asked about: from its options, or from a study."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

from capstone_report.calculators.inputs import LARGEST, misfit, option
from capstone_report.calculators.predict import PredictInputs
from capstone_report.errors import MeasurementError, Problem, UsageError
from capstone_report.perfmodel.comm.model import CommModel, models
from capstone_report.perfmodel.comm.options import ModelOption, model_options
from capstone_report.perfmodel.step import Scaling, StepModel
from capstone_report.units import QuantityError, parse_quantity

if TYPE_CHECKING:
    from capstone_report.calculators.measured_links import MeasuredLink

CONSTANTS = ("t_comp", "alpha", "beta")
REFINEMENTS = ("serial", "io", "imbalance", "overlap")
CHOICES = ("model", "scaling", "options")
AS_WRITTEN = "write it as --option servers=4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked about: a step model, and the calibrated link that its constants are of."""

    model: StepModel
    link: "MeasuredLink | None" = None
    """None where every constant is declared."""


def asked_of(given: PredictInputs) -> Asked:
    """Return the step model of a study, or the one that the options describe.

    Raises:
        UsageError: something is missing, is given twice over, or is unknown.
        MeasurementError: the study leaves constants to a calibration that there is none of.
    """
    values = cast("dict[str, object]", given)
    if given["study"] is not None:
        _refuse_both(values)
        return _declared(given)
    missing = [option(name) for name in CONSTANTS if values[name] is None]
    if missing:
        reason = "without a STUDY, the step's own constants are needed"
        raise UsageError(misfit(", ".join(missing), reason, "give them, or name a study"))
    refinements = {name: float(cast("float", values[name] or 0)) for name in REFINEMENTS}
    constants = {name: float(cast("float", values[name])) for name in CONSTANTS}
    return Asked(
        model=StepModel(
            comm=communication_model(given["model"] or "ring", given["options"]),
            scaling=Scaling(given["scaling"] or Scaling.STRONG),
            **constants,
            **refinements,
        )
    )


def communication_model(
    kind: str, options: tuple[str, ...], *, where: str = "--model"
) -> CommModel:
    """Return a communication model with its options, each written KEY=VALUE.

    Raises:
        UsageError: there is no such model, or it does not take these options.
    """
    known = models()
    if kind not in known:
        close = get_close_matches(kind, known, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        remedy = f"{meant}there are: {', '.join(known)}"
        raise UsageError(misfit(where, f"there is no model {kind!r}", remedy))
    return known[kind].model_validate(_values(known[kind], options))


def _values(model: type[CommModel], options: tuple[str, ...]) -> dict[str, float]:
    """Return the values of options that are written KEY=VALUE.

    Raises:
        UsageError: the model does not take some of them; carries every one.
    """
    values: dict[str, float] = {}
    problems: list[Problem] = []
    known = model_options(model)
    for text in options:
        name, sign, written = (part.strip() for part in text.partition("="))
        if not sign:
            problems.append(misfit("--option", f"{text!r} is not KEY=VALUE", AS_WRITTEN))
        elif name not in known:
            reason = f"{model.kind} has no option {name}"
            problems.append(misfit("--option", reason, f"{model.kind} knows: {_known(known)}"))
        else:
            try:
                values[name] = _value(known[name], written)
            except QuantityError as error:
                reason = f"{text!r}: {error.reason}"
                problems.append(misfit("--option", reason, error.remedy))
    UsageError.collect(problems)
    return values


def _value(known: ModelOption, written: str) -> float:
    """Return the value of an option in its unit.

    Raises:
        QuantityError: it is none, or its domain does not hold it.
    """
    number = parse_quantity(written, known.unit)
    if not known.holds(number):
        raise QuantityError("it is out of its domain", f"give {known.domain}")
    if number > LARGEST:
        reason = "no computation needs so much"
        raise QuantityError(reason, f"give an amount that is at most {LARGEST:g}")
    return int(number) if known.is_whole else number


def _known(options: dict[str, ModelOption]) -> str:
    """Return the names of options, and which of them are times."""
    names = [f"{name} (a time)" if options[name].unit == "s" else name for name in sorted(options)]
    return ", ".join(names) or "no option"


def _refuse_both(values: dict[str, object]) -> None:
    """Refuse constants beside a study that declares its own."""
    both = [option(name) for name in (*CONSTANTS, *REFINEMENTS) if values[name] is not None]
    both += [option(name.removesuffix("s")) for name in CHOICES if values[name]]
    if both:
        remedy = "ask what a change would do: capstone check STUDY --set prediction.alpha_s=1e-5"
        raise UsageError(misfit(", ".join(both), "the study declares its own", remedy))


def _declared(given: PredictInputs) -> Asked:
    """Return the step model that a study declares, with the constants that a calibration gives."""
    from capstone_report.analysis.links import uncalibrated
    from capstone_report.calculators.measured_links import measured_link
    from capstone_report.spec.forecast import calibrated, study_model
    from capstone_report.spec.load import find_root, load_project

    project = load_project(find_root(given["project"]), (str(given["study"]),))
    (loaded,) = project.studies
    study = loaded.study
    if study.prediction is None:
        remedy = "declare one, with t_comp_s, alpha_s, beta_s and their source"
        raise UsageError(misfit(f"specs/{loaded.id}", "there is no [prediction]", remedy))
    named = project.workspace.site.machine
    link = measured_link(loaded, named) if study.prediction.link else None
    found = link.calibration if link else None
    known = calibrated(
        study.prediction, study.design.communication, found.widest.link if found else None
    )
    model = study_model(study, known)
    if model is None:
        raise MeasurementError(*uncalibrated(loaded, known, found))
    return Asked(model=model, link=link)
