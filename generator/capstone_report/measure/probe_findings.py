"""What a reader of a probe must know: noise, and what was not measured."""

from collections.abc import Iterator
from itertools import groupby

from capstone_report.findings import probing as rules
from capstone_report.findings.finding import Finding
from capstone_report.measure.probe_store import rate
from capstone_report.perfmodel.spread import NOISY_SPREAD, relative_spread
from capstone_report.results.probed import Noise, Probe, Unmeasured

NOISY_SHARE = 0.10
"""From which share of the cores on other work is called noise; of time stolen, too."""
CACHE = "cache"


def probe_findings(probe: Probe) -> Iterator[Finding]:
    """Yield everything that weakens a probe or is missing from it."""
    if reasons := noise_reasons(probe.noise):
        yield rules.NOISY_MACHINE("this machine", reason="; ".join(reasons))
    noisy = [(roof, found) for roof in probe.roofs if (found := rate(roof)).is_noisy]
    for place, roofs in groupby(noisy, key=lambda pair: pair[0].place.key):
        kernels = ", ".join(f"{roof.kernel} by {found.spread:.0%}" for roof, found in roofs)
        yield rules.NOISY_ROOF(place, kernels=kernels, most=NOISY_SPREAD)
    yield from (_declined(missing) for missing in probe.unmeasured if not missing.failed)
    failed = [missing for missing in probe.unmeasured if missing.failed]
    for (place, reason), group in groupby(failed, key=lambda m: (m.place.key, m.reason)):
        kernels = ", ".join(missing.kernel for missing in group)
        yield rules.PROBE_FAILED(place, kernels=kernels, reason=reason)


def noise_reasons(noise: Noise) -> list[str]:
    """Return why a machine is too noisy to be probed; nothing for a quiet one."""
    reasons = []
    spread = relative_spread(noise.loop_s) if noise.loop_s else 0.0
    if spread > NOISY_SPREAD:
        reasons.append(
            f"the times of a fixed loop differ by {spread:.0%}, more than {NOISY_SPREAD:.0%}"
        )
    if noise.other_load > NOISY_SHARE * noise.cores:
        reasons.append(f"other work kept {noise.other_load:g} of {noise.cores} cores busy")
    if noise.stolen is not None and noise.stolen > NOISY_SHARE:
        reasons.append(f"{noise.stolen:.0%} of the cores' time went to other virtual machines")
    return reasons


def _declined(missing: Unmeasured) -> Finding:
    """Return why a roof was not measured, and what would help."""
    remedy = "take a device that computes it; the other roofs stand"
    if CACHE in missing.reason:
        remedy = "free memory, or say how large the cache really is with --cache"
    where = missing.place.key
    return rules.ROOF_NOT_MEASURED(
        where, kernel=missing.kernel, reason=missing.reason, remedy=remedy
    )
