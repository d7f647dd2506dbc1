"""`capstone size`: a replica by memory, replicas by requests or by arithmetic, and the book's printout."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from capstone_report.calculators.size import size
from capstone_report.errors import UsageError

Answered = Callable[..., dict[str, Any]]
Invoked = Callable[..., Result]
Run = Callable[..., Any]

SERVE = "--params 70e9 --mode serve --qps 200 --qps-per-replica 40"
CLUSTER = "--price 2.5 --premium 1.6 --ops-hours 40 --ops-rate 60"

# A Llama of 70e9 parameters keeps 2 x 80 x 8 x 128 x 2 B = 327,680 B of each token (Touvron et al.
# 2023: 80 layers, 8 heads of keys and values, heads of 128).
LLAMA = "--layers 80 --kv-heads 8 --head-dimension 128"

# Output 41.5.1.
PRINTED = {
    "A": """A. Fine-tune a 7B chat model on 20 GB of dialogue
        binding axis : training collective: all-reduce
        framework : PyTorch DDP, DeepSpeed
        GPUs (model/qps) : 2 / 0 -> provision 2 GPU(s), 1 node(s)
        raw cloud cost : $150 (budget $5,000)
        infra tier : Local single node (multi-GPU)""",
    "B": """B. Pre-train a 70B model from a 4 TB corpus
        binding axis : model collective: reduce-scatter / all-gather
        framework : FSDP, Megatron-LM
        GPUs (model/qps) : 14 / 0 -> provision 14 GPU(s), 2 node(s)
        raw cloud cost : $14,000 (budget $200,000)
        infra tier : Managed cluster (Ch 33.9)""",
    "C": """C. Serve a 13B assistant at 600 qps
        binding axis : serving collective: request fan-out
        framework : vLLM, Ray Serve, Triton
        GPUs (model/qps) : 3 / 15 -> provision 15 GPU(s), 2 node(s)
        raw cloud cost : $27,000 (budget $40,000)
        infra tier : Self-managed cloud cluster (Ch 33)""",
    "D": """D. Dedup + tokenize a 30 TB web crawl
        binding axis : data collective: shuffle
        framework : Spark / Ray Data / Dask
        GPUs (model/qps) : 1 / 0 -> provision 1 GPU(s), 1 node(s)
        raw cloud cost : $30 (budget $2,000)
        infra tier : Managed cluster (Ch 33.9)""",
}


def test_a_replica_that_spans_two_accelerators_multiplies_the_replicas(answered: Answered) -> None:
    answer = answered(f"size {SERVE}")

    assert answer["schema"] == "capstone/size/1"
    assert answer["accelerators_per_replica"] == 2
    assert answer["replicas"] == 5
    assert answer["accelerators"] == 10
    assert answer["billed_accelerators"] == 16
    assert answer["headroom"] == 0.1
    assert answer["launch"].endswith("serve.py")


def test_what_serving_leaves_out_is_said(answered: Answered, invoked: Invoked) -> None:
    said = "weights and the declared headroom only; the KV cache is not counted"
    answer = answered(f"size {SERVE}")

    assert answer["counted"] == said
    assert answer["kv_cache_bytes"] is None
    assert f"counted          {said}\n" in invoked(size, *SERVE.split()).output


def test_what_training_leaves_out_is_said(invoked: Invoked) -> None:
    assert "optimiser and the declared headroom; activations are not counted" in (
        invoked(size, "--params", "7e9").output
    )


def test_a_declared_cache_takes_a_third_accelerator_per_replica(invoked: Invoked) -> None:
    # (140 + 40) GB over 72 GB of each accelerator.
    line = [*SERVE.split(), "--kv-cache-bytes", "40 GB"]
    answer = json.loads(invoked(size, *line, "--json").output)
    text = invoked(size, *line).output

    assert answer["accelerators_per_replica"] == 3
    assert answer["accelerators"] == 15
    assert answer["kv_cache_bytes"] == 40e9
    assert answer["memory_bytes"] == 180e9
    assert "70e9 parameters x 2 B + 40 GB of key-value cache = 180 GB > 80 GB" in text
    assert "counted          weights, KV cache and the declared headroom; activations are" in text


def test_a_cache_is_computed_from_its_shape(answered: Answered, invoked: Invoked) -> None:
    # 32 x 8,192 tokens of 327,680 B are 85.9 GB; with 140 GB of weights, 3.1 times 72 GB.
    line = f"{SERVE} {LLAMA} --context-length 8192 --concurrent-sequences 32"
    answer = answered(f"size {line}")
    text = invoked(size, *line.split()).output

    assert answer["kv_cache_bytes"] == 2 * 80 * 8 * 128 * 2 * 8192 * 32
    assert answer["accelerators_per_replica"] == 4
    assert answer["accelerators"] == 20
    assert (
        "KV cache         2 x 80 layers x 8 heads x 128 x 2 B = 327,680 B a token;"
        " 8,192 tokens x 32 at once\n" in text
    )


def test_a_cache_in_one_byte_takes_half(invoked: Invoked) -> None:
    line = f"{SERVE} {LLAMA} --context-length 8192 --concurrent-sequences 32"
    done = invoked(size, *line.split(), "--kv-bytes-per-element", "1", "--json")

    answer = json.loads(done.output)
    assert answer["kv_cache_bytes"] == 2 * 80 * 8 * 128 * 8192 * 32
    assert answer["accelerators_per_replica"] == 3


def test_without_headroom_the_answer_is_the_same_and_says_so(calculate: Run) -> None:
    text = calculate("size", *SERVE.split(), "--headroom", "0").stdout

    assert text.startswith("10 accelerators on 2 nodes; distribute: inference\n")
    assert "70e9 parameters x 2 B = 140 GB > 80 GB\n" in text
    assert "0% of each accelerator is kept free" in text
    assert "managed or self-managed: add --price" in text


def test_a_fraction_of_a_gigabyte_takes_a_second_accelerator(answered: Answered) -> None:
    answer = answered("size --params 5.03e9 --mode train --headroom 0")

    assert answer["accelerators"] == 2
    assert answer["memory_bytes"] == pytest.approx(80.48e9)


def test_a_full_fine_tune_that_fits_no_device_is_not_offered_ddp(calculate: Run) -> None:
    text = calculate("size", "--params", "7e9", "--mode", "train").stdout

    assert "DDP" not in text
    assert "FSDP" in text
    assert "112 GB > 80 GB less 10 % headroom" in text
    assert "torchrun --standalone --nproc_per_node=2 train.py" in text
    assert "2 accelerators on 1 node;" in text


def test_a_small_model_is_copied_to_every_accelerator(invoked: Invoked) -> None:
    answer = json.loads(invoked(size, "--params", "1 G", "--json").output)

    assert answer["axis"] == "training"
    assert answer["accelerators"] == 1
    assert "PyTorch DDP" in answer["frameworks"]


def test_profile_b_is_fifty_three_times_short_of_its_arithmetic(
    answered: Answered, invoked: Invoked
) -> None:
    line = "--params 70e9 --mode train --tokens 1e12 --hours 400 --headroom 0"
    answer = answered(f"size {line}")
    text = invoked(size, *line.split()).output

    assert answer["accelerators_per_replica"] == 14
    assert answer["flop_budget"]["needed_flop"] == pytest.approx(4.2e23)
    assert answer["flop_budget"]["needed_over_available"] == pytest.approx(53, abs=0.5)
    assert answer["flop_budget"]["is_feasible"] is False
    assert answer["replicas"] == 53
    assert answer["flop_budget"]["of"] == "one replica"
    assert answer["flop_budget"]["replicas_needed"] == 53
    # 4.2e23 FLOP over 989e12 x 0.4 FLOP/s x 400 h, in whole accelerators.
    assert answer["flop_budget"]["accelerators_needed"] == 738
    assert "one replica is 52.7 times short of it, so it takes 53 replicas" in text
    assert "sbatch --nodes=93" in text


def test_what_a_training_assumes_is_listed_with_how_to_say_otherwise(invoked: Invoked) -> None:
    line = ["--params", "70e9", "--tokens", "1e12", "--hours", "400"]
    text = invoked(size, *line).output
    answer = json.loads(invoked(size, *line, "--json").output)

    assert answer["assumed"] == {
        "--mode": "train",
        "--accelerator-memory": 80e9,
        "--per-node": 8,
        "--headroom": 0.1,
        "--recipe": "mixed-adam",
        "--peak-flops": 989e12,
        "--mfu": 0.4,
        "--program": "train.py",
    }
    assert "a peak of 989 TFLOP/s, dense in bf16; --peak-flops to say otherwise" in text
    assert text.count("to say otherwise") == len(answer["assumed"])


def test_what_a_service_assumes_is_listed_too(answered: Answered) -> None:
    assert answered("size --params 70e9 --mode serve")["assumed"] == {
        "--accelerator-memory": 80e9,
        "--per-node": 8,
        "--headroom": 0.1,
        "--precision": "bf16",
        "--qps": 1,
        "--program": "serve.py",
    }
    shaped = f"--params 70e9 --mode serve {LLAMA} --context-length 8192 --concurrent-sequences 32"
    assert answered(f"size {shaped}")["assumed"]["--kv-bytes-per-element"] == 2
    whole = "--params 70e9 --mode serve --kv-cache-bytes 3"
    assert "--kv-bytes-per-element" not in answered(f"size {whole}")["assumed"]


def test_what_is_declared_of_a_size_is_not_assumed(invoked: Invoked) -> None:
    line = (
        "--params 70e9 --mode train --accelerator-memory 80GB --per-node 8 --headroom 0.1"
        " --recipe mixed-adam --program train.py"
    )

    assert json.loads(invoked(size, *line.split(), "--json").output)["assumed"] == {}
    assert "assumed" not in invoked(size, *line.split()).output


def test_first_steps_count_as_not_taken(invoked: Invoked) -> None:
    line = ["--params", "70e9"]
    answer = json.loads(invoked(size, *line, "--json").output)

    assert answer["first_steps"][0] == "recomputation of activations"
    assert "instead of a full fine-tune (if not done yet)" in invoked(size, *line).output


def test_work_that_fits_the_hours_says_so(invoked: Invoked) -> None:
    text = invoked(
        size, "--params", "1e9", "--tokens", "1e9", "--hours", "10 h", "--mfu", "30 %",
        "--peak-flops", "1 PFLOP/s",
    ).output  # fmt: skip

    assert "6 EFLOP at 30% of 1 PFLOP/s: one replica does it in time" in text


@pytest.mark.parametrize(
    "line",
    [
        "--params 1e30",
        "--params 1e30 --tokens 1e30 --hours 1 --price 1e30",
        "--params 1e30 --per-node 1e25",
        "--params 1234567890 --mode serve --qps 987654321 --qps-per-replica 1",
    ],
)
def test_no_cell_has_more_than_six_significant_digits(
    invoked: Invoked, significant_digits: Callable[[str], int], line: str
) -> None:
    text = invoked(size, *line.split()).output

    assert significant_digits(text) <= 6
    assert max(len(row) for row in text.splitlines()) < 140


def test_a_size_beyond_any_cluster_has_no_command_but_its_full_count(invoked: Invoked) -> None:
    text = invoked(size, "--params", "1e30").output
    answer = json.loads(invoked(size, "--params", "1e30", "--json").output)

    assert text.startswith("2.22222e+20 accelerators on 2.77778e+19 nodes;")
    assert "launch           none: nothing has 2.77778e+19 nodes of 8 accelerators" in text
    assert answer["launch"] is None
    assert answer["accelerators"] == -(-16 * 10**30 // (72 * 10**9))


def test_prices_tell_which_cluster_is_cheaper(invoked: Invoked) -> None:
    serve = SERVE.split()
    short = json.loads(invoked(size, *serve, *CLUSTER.split(), "--hours", "30", "--json").output)
    long = invoked(size, *serve, *CLUSTER.split(), "--hours", "400").output

    assert short["tier"] == "managed cluster"
    assert short["rent_usd"] == 16 * 2.5 * 30
    assert "self-managed cluster" in long
    assert "rent             $16,000" in long


@pytest.mark.parametrize(
    ("line", "said", "replicas_per_node", "billed"),
    [
        (
            "--params 100e9 --mode serve --qps 7 --qps-per-replica 1",
            "2 whole replicas on each node, leaving 2 accelerators of it idle",
            2,
            32,
        ),
        (
            "--params 70e9 --mode serve --qps 9 --qps-per-replica 1",
            "4 whole replicas on each node",
            4,
            24,
        ),
        (
            "--params 70e9 --tokens 1e12 --hours 400 --headroom 0",
            "a replica takes more than a node, so replicas span nodes",
            None,
            744,
        ),
    ],
)
def test_how_replicas_lie_on_nodes_is_said(
    invoked: Invoked, line: str, said: str, replicas_per_node: int | None, billed: int
) -> None:
    answer = json.loads(invoked(size, *line.split(), "--json").output)

    assert f"packing          {said}\n" in invoked(size, *line.split()).output
    assert answer["replicas_per_node"] == replicas_per_node
    assert answer["billed_accelerators"] == billed


def test_one_node_needs_no_packing(invoked: Invoked) -> None:
    assert "packing" not in invoked(size, "--params", "7e9").output


@pytest.mark.parametrize("profile", sorted(PRINTED))
def test_the_books_profiles_print_what_the_book_prints(calculate: Run, profile: str) -> None:
    done = calculate("size", "--book", "--profile", profile.lower())

    assert done.stdout.split() == PRINTED[profile].split()
    assert "mistakes included" in done.stderr


def test_the_printed_helper_takes_the_larger_of_two_counts(answered: Answered) -> None:
    answer = answered("size --book --params 70e9 --mode serve --qps 200 --hours 1 --budget 1000000")

    assert answer["schema"] == "capstone/size/1"
    assert answer["book"]["accelerators"] == 14
    assert answer["book"]["axis"] == "serving"


def test_the_printed_helper_sizes_data_by_its_row(invoked: Invoked) -> None:
    line = "--book --dataset 30TB --axis data --hours 12 --budget 2000"

    assert "provision 1 GPU(s)" in invoked(size, *line.split()).output


@pytest.mark.parametrize(
    ("line", "where", "remedy"),
    [
        ("", "--params", "--params 70e9"),
        ("--book --profile A --chart x.svg", "--chart", "or leave --profile out"),
        ("--params 1e9 --profile A", "--profile", "add --book"),
        ("--params 1e9 --qps 3", "--qps", "choose --mode serve"),
        ("--params 1e9 --mode serve --mfu 0.3", "--mfu", "choose --mode train"),
        ("--params 1e9 --mode serve --qps 3", "--qps", "add --qps-per-replica"),
        ("--params 1e9 --kv-cache-bytes 3", "--kv-cache-bytes", "choose --mode serve"),
        (
            "--params 1e9 --mode serve --layers 80 --kv-heads 8",
            "--layers, --kv-heads",
            "add --head-dimension, --context-length, --concurrent-sequences, too",
        ),
        (
            "--params 1e9 --mode serve --kv-bytes-per-element 1",
            "--kv-bytes-per-element",
            "add --layers, --kv-heads",
        ),
        (
            "--params 1e9 --mode serve --kv-cache-bytes 3 --layers 80",
            "--kv-cache-bytes",
            "leave --layers out, or --kv-cache-bytes",
        ),
        ("--params 1e9 --tokens 1e9", "--tokens", "add --hours"),
        ("--params 1e9 --price 2.5", "--price", "add --hours"),
        ("--params 1e9 --premium 1.6", "--premium", "add --ops-hours, --ops-rate"),
        ("--params 1e9 --program it's", "--program", "close the quote"),
        ("--params 1e9 --recipe magic", "--recipe", "there are: mixed-adam"),
        ("--params 1e9 --mode serve --precision int3", "--precision", "there are: fp32"),
        ("--book", "--params or --dataset, --hours, --budget", "--profile A"),
        ("--book --params 1e9 --hours 3", "--budget", "--profile A"),
        ("--book --profile A --params 1e9 --qps 3", "--params, --qps", "or leave --profile out"),
        ("--book --profile A --price 2.5", "--price", "or leave --profile out"),
        (
            "--book --params 1e9 --hours 3 --budget 1 --accelerator-memory 80GB --price 2.5",
            "--accelerator-memory, --price",
            "leave it out, or --book",
        ),
        (
            "--book --dataset 1TB --hours 3 --budget 1 --axis data --mode train",
            "--mode",
            "leave one of them out",
        ),
        ("--params 1e9 --mode train --precision int8", "--precision", "choose --mode serve"),
        ("--params 1e9 --mode serve --recipe mixed-sgd", "--recipe", "choose --mode train"),
        ("--params 1e9 --peak-flops 1e15", "--peak-flops", "add --tokens and --hours"),
        ("--params 1e9 --mfu 0.3", "--mfu", "add --tokens and --hours"),
        ("--params 1e9 --hours 3", "--hours", "add --tokens, or --price"),
        ("--params 1e9 --mode serve --hours 3", "--hours", "add --price"),
        (
            "--params 1e9 --premium 1.6 --ops-hours 40 --ops-rate 60",
            "--premium, --ops-hours, --ops-rate",
            "add --price and --hours",
        ),
    ],
)
def test_inputs_that_do_not_fit_say_what_does(
    invoked: Invoked, line: str, where: str, remedy: str
) -> None:
    done = invoked(size, *line.split())

    assert isinstance(done.exception, UsageError)
    (problem,) = done.exception.problems
    assert problem.code == "CAP709"
    assert problem.where == where
    assert remedy in problem.remedy
