"""The efficiencies that publishers print come out of their tables, each through a short mapping.

Every table holds only the numbers that are needed, in the format that they were published in.
"""

from pathlib import Path

import pytest

from elsewhere import (
    analysis_of,
    efficiencies,
    import_text,
    imported,
    mapping,
    write_external,
)

PRINTED = 0.51
"""Half a unit of a printed per cent, and a little."""


def test_a_heat_equation_on_lumi_scales_as_the_summer_school_prints(tmp_path: Path) -> None:
    # CSC's summer school on HPC, intro to scalability: a 3D heat equation on LUMI-G, 1 to 32 GCDs.
    seconds = {1: "9.59", 2: "5.07", 4: "2.76", 8: "1.65", 16: "1.10", 32: "0.86"}
    rows = "\n".join(f"| {gcds} | {time} |" for gcds, time in seconds.items())
    write_external(tmp_path, workers=list(seconds), unit="s")

    found = efficiencies(
        tmp_path,
        f"# Results\n\n| GCDs | Runtime (s) |\n| ---: | ---: |\n{rows}\n",
        mapping(format="markdown", workers="GCDs", column="Runtime (s)"),
    )

    printed = {1: 100, 2: 95, 4: 87, 8: 73, 16: 54, 32: 35}
    assert found == {p: pytest.approx(value, abs=PRINTED) for p, value in printed.items()}


def test_weak_scaling_of_a_time_is_the_bases_time_over_the_time(tmp_path: Path) -> None:
    # OpenPFC, pull request 142: a constant block per GCD on LUMI-G, from 8 GCDs on; 95.6 % is printed
    # for 204.5 ms over 214.1 ms, which is 95.5 %: the printed times are rounded.
    times = {8: 204.5, 16: 214.1, 32: 315.9, 64: 398.1, 128: 412.4}
    rows = "\n".join(f"| {gcds // 8} | {gcds} | {time} ms |" for gcds, time in times.items())
    write_external(tmp_path, workers=list(times), unit="s", scaling="weak")

    found = efficiencies(
        tmp_path,
        f"| nodes | GCDs | wall/step |\n|---|---|---|\n{rows}\n",
        mapping(format="markdown", workers="GCDs", column="wall/step", unit="ms"),
    )

    printed = {8: 100, 16: 95.6, 32: 64.7, 64: 51.4, 128: 49.6}
    assert found == {p: pytest.approx(value, abs=0.1) for p, value in printed.items()}


def test_strong_scaling_of_a_rate_is_that_of_the_nodes_that_nvidia_prints(tmp_path: Path) -> None:
    # NVIDIA DeepLearningExamples, BERT pre-training on DGX A100, TF32, sequence length 512: 1 to 32
    # nodes of 8 GPUs, printed as speedups over one node; 24.95 is printed for 21298 over 854.
    rates = {1: 854, 2: 1684, 4: 3293, 8: 6515, 16: 12131, 32: 21298}
    rows = "\n".join(f"| {nodes} | 8 | 512 | {rate} |" for nodes, rate in rates.items())
    table = f"| Nodes | GPUs / node | Sequence length | TF32 |\n|--|--|--|--|\n| 1 | 8 | 128 | 2486 |\n{rows}\n"
    write_external(tmp_path, workers=[8 * nodes for nodes in rates], unit="samples/s")

    done = import_text(
        tmp_path,
        table,
        mapping(
            format="markdown",
            workers=["Nodes", "GPUs / node"],
            column="TF32",
            unit="samples/s",
            rows={"Sequence length": 512},
        ),
    )

    printed = {8: 1, 16: 1.97, 32: 3.86, 64: 7.63, 128: 14.21, 256: 24.95}
    points = analysis_of(tmp_path, done).points
    assert {p.case.workers: p.speedup.value for p in points} == {
        workers: pytest.approx(value, abs=0.0151) for workers, value in printed.items()
    }


def test_a_rate_of_each_worker_stands_for_the_total_that_a_thread_computes_with(
    tmp_path: Path,
) -> None:
    # PyTorch issue 17159, September 2019: BERT with DDP, throughput of each GPU; 8 GPUs of one machine
    # reach 110 / 122 of one GPU's, 16 GPUs of two machines 80 / 122.
    table = "machines,gpus,p50\n1,1,122\n1,2,115\n1,4,111\n1,8,110\n2,8,80\n"
    write_external(tmp_path, workers=[1, 2, 4, 8, 16], unit="samples/s", scaling="weak")
    mapped = mapping(
        workers=["machines", "gpus"], column="p50", unit="samples/s", scope="per-worker"
    )

    found = efficiencies(tmp_path, table, mapped)

    assert found == {p: pytest.approx(e, abs=0.06) for p, e in
                     {1: 100, 2: 94.3, 4: 91.0, 8: 90.2, 16: 65.6}.items()}  # fmt: skip
    assert [run.samples[0].value for run in imported(tmp_path)] == [122, 230, 444, 880, 1280]


@pytest.mark.parametrize(("model", "printed"), [("alexnet", 55), ("resnet50", 90)])
def test_throughput_on_four_gpus_is_as_efficient_as_its_poster_says(
    tmp_path: Path, model: str, printed: float
) -> None:
    # tensorflow/benchmarks issue 283, January 2019: four V100; ~55 % and ~90 % are the poster's own.
    table = "model,gpus,rate\nalexnet,1,5148\nalexnet,4,11298\nresnet50,1,736\nresnet50,4,2641\n"
    write_external(tmp_path, workers=[1, 4], unit="samples/s", scaling="throughput")
    mapped = mapping(workers="gpus", column="rate", unit="samples/s", rows={"model": model})

    found = efficiencies(tmp_path, table, mapped)

    assert found[4] == pytest.approx(printed, abs=PRINTED)


@pytest.mark.parametrize(
    ("technique", "right"),
    [("FSDP", 97.3), ("FSDP + torch.compile", 97.7), ("FSDP + torch.compile + Float8", 98.2)],
)
def test_torchtitan_keeps_its_rate_from_8_to_128_gpus(
    tmp_path: Path, technique: str, right: float
) -> None:
    # torchtitan's Llama 3 8B on H100, December 2024, tables 1 and 3: 5,762 and 5,605 tokens/s for each
    # GPU, and so on. The table says the number of GPUs in its title only.
    head = "| Techniques | TPS/GPU |\n| --- | ---: |\n"
    one = "| FSDP | 5,762 |\n| FSDP + torch.compile | 6,667 |\n| FSDP + torch.compile + Float8 | 8,532 |\n"
    other = "| Parallelism | TPS/GPU |\n| --- | ---: |\n| FSDP 8, CP 1 | 3,890 |\n"
    three = "| FSDP | 5,605 |\n| FSDP + torch.compile | 6,514 |\n| FSDP + torch.compile + Float8 | 8,380 |\n"
    write_external(tmp_path, workers=[8, 128], unit="tok/s", scaling="weak")

    found = efficiencies(
        tmp_path,
        head + one + other + head + three,
        mapping(
            format="markdown",
            workers="table",
            workers_of={"1": 8, "3": 128},
            rows={"Techniques": technique},
            column="TPS/GPU",
            unit="tok/s",
            scope="per-worker",
        ),
    )

    assert found == {8: pytest.approx(100), 128: pytest.approx(right, abs=0.06)}


def test_a_model_of_llm_foundry_is_relative_to_the_128_gpus_that_were_measured(
    tmp_path: Path,
) -> None:
    # MosaicML llm-foundry, training benchmarks, large scale on H100: 7B and 70B, tokens/s of each GPU.
    table = (
        '"Model","# GPUs","Throughput (T/s/GPU)"\n7b,512,9670\n7b,256,10119\n7b,128,10475\n'
        "70b,512,1007\n70b,128,1058\n"
    )
    write_external(tmp_path, workers=[128, 256, 512], unit="tok/s", scaling="weak")
    mapped = mapping(
        workers="# GPUs",
        column="Throughput (T/s/GPU)",
        unit="tok/s",
        scope="per-worker",
        rows={"Model": "7b"},
    )

    analysis = analysis_of(tmp_path, import_text(tmp_path, table, mapped))

    assert [p.efficiency.value for p in analysis.points] == [
        pytest.approx(1),
        pytest.approx(10119 / 10475),
        pytest.approx(9670 / 10475),
    ]
    assert "CAP420" in [finding.code for finding in analysis.findings]


def test_a_claim_in_words_is_computed_again(tmp_path: Path) -> None:
    # Megatron-LM 2019: 15.1 PFLOP/s on 512 GPUs against 39 TFLOP/s on one; the paper says 76 %.
    table = 'claim,said\nMegatron-LM,"512 GPUs sustain 15.1 PFLOP/s; single GPU 39 TFLOP/s"\n'
    write_external(tmp_path, workers=[1, 512], unit="FLOP/s", scaling="weak")

    found = efficiencies(
        tmp_path,
        table,
        mapping(
            workers="workers",
            workers_of={"single": 1},
            within={
                "column": "said",
                "pattern": r"(?P<workers>\d+|single) GPUs?(?: sustain)? (?P<value>[\d.]+ .FLOP/s)",
            },
            column="value",
            unit="FLOP/s",
        ),
    )

    assert found == {1: pytest.approx(100), 512: pytest.approx(76, abs=PRINTED)}


def test_a_share_of_the_peak_of_each_gpu_is_a_rate_times_its_peak(tmp_path: Path) -> None:
    # Megatron-LM's README: GPT-3 with 175 billion parameters, a batch of 1152 sequences at 96 to 4608 H100,
    # and from 47 to 42 % of their peak, 989 TFLOP/s each: 89.4 % of the efficiency of 96.
    table = 'claim,said\nGPT-3,"96->4608 H100; batch fixed 1152; MFU 47%->42%"\n'
    write_external(tmp_path, workers=[96, 4608], unit="FLOP/s")
    share = {"column": "mfu", "unit": "FLOP/s", "scope": "per-worker", "factor": 9.89e12}
    # Both rows stand in one text: what is behind an arrow belongs together.
    pattern = r"(?P<last>->)?\b(?P<gpus>\d+)(?(last) H100|->\d+ H).*MFU (?(last)\d+%->)(?P<mfu>\d+)"
    mapped = mapping(
        workers="gpus",
        column="mfu",
        metrics={"measured": share},
        within={"column": "said", "pattern": f"(?={pattern})"},
    )

    points = analysis_of(tmp_path, import_text(tmp_path, table, mapped)).points

    assert [p.case.workers for p in points] == [96, 4608]
    assert points[0].case.headline.value == pytest.approx(96 * 0.47 * 989e12)
    assert points[1].efficiency.value == pytest.approx(42 / 47)
    assert points[1].speedup.value == pytest.approx(42.9, abs=0.05)
    assert imported(tmp_path)[0].notes == (
        "measured: line 2, mfu = 47 times 9.89e+12 FLOP/s of each worker, times 96",
    )


def test_the_bus_bandwidth_that_nccl_tests_averages_is_that_of_the_imported_values(
    tmp_path: Path,
) -> None:
    # One node with 8 H100, all-reduce of 256 MiB to 2 GiB: "Avg bus bandwidth : 448.212".
    lines = [
        "#  Rank  0 Group  0 Pid 1 on host device  0 [0x1b] NVIDIA H100 80GB HBM3",
        "#  Rank  7 Group  0 Pid 1 on host device  7 [0xdf] NVIDIA H100 80GB HBM3",
        "#       size         count      type   redop    root     time   algbw   busbw #wrong",
        "268435456 67108864 float sum -1 1119.8 239.71 419.49 0 1117.4 240.24 420.42 0",
        "536870912 134217728 float sum -1 2157.5 248.83 435.46 0 2154.8 249.16 436.02 0",
        "1073741824 268435456 float sum -1 4027.3 266.61 466.57 0 4029.1 266.50 466.37 0",
        "2147483648 536870912 float sum -1 7983.5 268.99 470.73 0 7985.2 268.93 470.63 0",
    ]
    with_sizes = {
        "name": "all-reduce",
        "levels": {"workers": [8], "message_bytes": [2**28, 2**29, 2**30, 2**31]},
        "external": {"where": "a node", "how": "nccl-tests"},
    }
    scaling = {
        "name": "published",
        "scaling": "throughput",
        "held_fixed": ["x"],
        "levels": {"workers": [8]},
        "external": {"where": "a node", "how": "x"},
    }
    write_external(tmp_path, workers=[8], unit="GB/s", benchmarks=[scaling, with_sizes])
    mapped = mapping(
        format="nccl-tests",
        benchmark="all-reduce",
        workers="ranks",
        levels={"message_bytes": "size"},
        column=["busbw", "in_place_busbw"],
        unit="GB/s",
    )

    done = import_text(tmp_path, "\n".join(lines), mapped, name="nccl.log")

    values = [run.samples[0].value for run in imported(tmp_path)]
    assert done.written == 8
    assert sum(values) / len(values) == pytest.approx(448.212, abs=0.001)


def test_three_values_of_a_point_of_extra_p_are_three_runs_and_no_interval(tmp_path: Path) -> None:
    # Extra-P's example input; it prints no efficiency.
    text = (
        "PARAMETER p\nPOINTS (4) (8) (16)\n\nREGION example\nMETRIC time\n"
        "DATA 8.31 8.02 8.14\nDATA 22.74 22.66 23.20\nDATA 65.79 64.74 66.62\n"
    )
    write_external(tmp_path, workers=[4, 8, 16], unit="s", scaling="weak")

    done = import_text(tmp_path, text, mapping(format="extra-p", column="value"), name="p.txt")

    points = analysis_of(tmp_path, done).points
    assert [(p.case.workers, p.case.runs) for p in points] == [(4, 3), (8, 3), (16, 3)]
    assert [p.case.time.value for p in points] == pytest.approx([8.14, 22.74, 65.79])
    assert points[1].speedup.interval is None
