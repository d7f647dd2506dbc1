"""What reaches a program from around capstone, and what of it is part of a case's identity."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.spec.surroundings import engine_variables, passed_on

NAMES = st.sampled_from(
    ["PATH", "HOME", "SECRET_TOKEN", "NCCL_ALGO", "CUDA_HOME", "NVIDIA_X", "GLOO_Y", "NCCL_COMM_ID"]
)


@settings(max_examples=50)
@given(st.dictionaries(NAMES, st.text()))
def test_what_identifies_a_case_is_passed_on_and_unchanged(surroundings: dict[str, str]) -> None:
    engine, passed = engine_variables(surroundings), passed_on(surroundings)

    assert engine.items() <= passed.items() <= surroundings.items()


@pytest.mark.parametrize(
    "name", ["NCCL_ALGO", "CUDA_VISIBLE_DEVICES", "GLOO_SOCKET_IFNAME", "NVIDIA_TF32_OVERRIDE"]
)
def test_what_configures_an_engine_identifies_a_case(name: str) -> None:
    assert engine_variables({name: "1"}) == {name: "1"}


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "CUDA_HOME"),
        *("CUDA_CACHE_PATH", "NCCL_TOPO_FILE", "NCCL_COMM_ID", "NVIDIA_VISIBLE_DEVICES"),
    ],
)
def test_what_only_says_where_things_are_is_passed_on_and_identifies_nothing(name: str) -> None:
    assert passed_on({name: "here"}) == {name: "here"}
    assert engine_variables({name: "here"}) == {}


def test_nothing_else_reaches_a_program() -> None:
    assert passed_on({"SECRET_TOKEN": "hunter2", "PYTHONPATH": "/nowhere"}) == {}
