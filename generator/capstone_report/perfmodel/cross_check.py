"""The step model under another law's name, so that a measured link and a fitted curve can be compared."""

from capstone_report.perfmodel.laws import Usl
from capstone_report.perfmodel.optima import ring_step
from capstone_report.perfmodel.step import StepModel


def usl_of_step(model: StepModel) -> Usl | None:
    """Return the USL that a ring's step is; None for a step that is none.

    p T_p = T_1 + (T_s + T_io + B)(p - 1) + A p (p - 1) with a ring's latency A and bandwidth B, so
    sigma = (T_s + T_io + B)/T_1 and kappa = A/T_1. The same two numbers are intercept and slope of
    Karp and Flatt's e(p) = sigma + kappa p.
    """
    ring = ring_step(model)
    if ring is None:
        return None
    waits = model.serial + model.io + ring.bandwidth
    return Usl(sigma=waits / model.one_worker, kappa=ring.latency / model.one_worker)
