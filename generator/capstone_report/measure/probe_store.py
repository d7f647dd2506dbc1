"""The last probe of this machine, kept in the user's state folder; never one of another machine."""

from pathlib import Path

from pydantic import ValidationError

from capstone_report.errors import MachineError
from capstone_report.findings.probing import NO_PROBED_ROOF
from capstone_report.measure.identity import machine_here, state_folder
from capstone_report.perfmodel.spread import Rate, rate_of
from capstone_report.results.durable import replace_file
from capstone_report.results.probed import Probe, Roof
from capstone_report.results.records import Environment

AGAIN = "run `capstone probe`"
STREAMS = ("copy", "triad")


def keep_probe(probe: Probe) -> Path:
    """Keep a probe in the place of this machine's last one, and return where.

    Raises:
        MachineError: the disk refused.
    """
    path = _file(probe.machine)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, probe.model_dump_json(indent=1).encode() + b"\n")
    return path


def last_probe(here: Environment) -> Probe:
    """Return this machine's last probe.

    Raises:
        MachineError: there is none, it cannot be read, or machine or software have changed since.
    """
    path = _file(machine_here(here))
    try:
        probe = Probe.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise _refused("this machine was not probed", AGAIN) from error
    except ValidationError as error:
        raise _refused(f"{path} is no probe of this version", f"{AGAIN} again") from error
    if changed := probe.environment.differences(here):
        named = ", ".join(changed)
        raise _refused(f"since the probe of {probe.measured_at} changed: {named}", f"{AGAIN} again")
    return probe


def probed_roof(probe: Probe, kernel: str, place: str) -> Roof:
    """Return what a probe measured of a kernel at a place.

    Raises:
        MachineError: it did not; what it did is listed.
    """
    known = {(roof.kernel, roof.place.key): roof for roof in probe.roofs}
    if (kernel, place) not in known:
        named = ", ".join(sorted(f"{of} at {at}" for of, at in known)) or "nothing"
        raise _refused(
            f"the probe of {probe.measured_at} did not measure {kernel} at {place}",
            f"known are: {named}; or {AGAIN} again",
        )
    return known[kernel, place]


def memory_roof(probe: Probe, place: str) -> Roof:
    """Return the faster of copy and triad at a place: the roof of its memory.

    Raises:
        MachineError: neither was measured.
    """
    found = [r for r in probe.roofs if r.place.key == place and r.kernel in STREAMS]
    if not found:
        return probed_roof(probe, "copy", place)
    return max(found, key=lambda roof: rate(roof).median)


def rate(roof: Roof) -> Rate:
    """Return the rate of a roof."""
    return rate_of(roof.times_s, roof.work)


def _file(machine: str) -> Path:
    """Return where a machine's probe is kept."""
    return state_folder() / "probes" / f"{machine}.json"


def _refused(reason: str, remedy: str) -> MachineError:
    """Return why there is no roof."""
    return MachineError(NO_PROBED_ROOF("this machine", reason=reason, remedy=remedy))
