"""A ring's step is a USL curve, whatever is serial, and Karp and Flatt's line has the same constants."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.comm.ring import Ring
from capstone_report.perfmodel.comm.tree import Tree
from capstone_report.perfmodel.cross_check import usl_of_step
from capstone_report.perfmodel.laws import karp_flatt
from capstone_report.perfmodel.step import Scaling, StepModel

SECONDS = st.floats(0, 10)


@settings(max_examples=60)
@given(SECONDS, SECONDS, SECONDS, SECONDS, st.integers(2, 4096))
def test_a_rings_step_is_its_usl_and_its_karp_flatt_line(
    alpha: float, beta: float, serial: float, io: float, workers: int
) -> None:
    model = StepModel(t_comp=1.0, comm=Ring(), alpha=alpha, beta=beta, serial=serial, io=io)

    usl = usl_of_step(model)

    assert usl is not None
    speedup = model.speedup(workers)
    line = usl.sigma + usl.kappa * workers
    assert usl.throughput(workers) == pytest.approx(speedup)
    assert karp_flatt(workers, speedup=speedup) == pytest.approx(line, abs=1e-9)


def test_a_tree_and_weak_scaling_have_no_such_constants() -> None:
    tree = StepModel(t_comp=1.0, comm=Tree(), alpha=1e-3, beta=0.1)
    weak = StepModel(t_comp=1.0, comm=Ring(), alpha=1e-3, beta=0.1, scaling=Scaling.WEAK)

    assert usl_of_step(tree) is None
    assert usl_of_step(weak) is None
