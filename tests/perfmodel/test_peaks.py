"""What vendors say: the table, its parser, and what stays unknown."""

import pytest

from capstone_report.perfmodel.peaks import Processor, read_peaks, vendor_peaks

ROW = """
[[device]]
names = ["A", "B"]
source = "a datasheet"
date = "2024"
float32 = "2 TFLOP/s"
memory = "3 GB/s"
"""
ZEN_3 = Processor(vendor="AuthenticAMD", family=25, model=1, hertz=3e9)


def test_a_device_has_the_peaks_of_its_row_with_their_source() -> None:
    peaks = read_peaks(ROW)

    for name in ("A", "B"):
        product, memory = peaks.of_gpu(name, "float32"), peaks.of_gpu(name, "triad")
        assert product is not None
        assert memory is not None
        assert (product.rate, memory.rate) == (2e12, 3e9)
        assert product.source == "a datasheet, 2024"


@pytest.mark.parametrize(
    ("name", "kernel"),
    [("A", "float64"), ("A 1g.18gb", "float32"), ("a", "copy"), ("A", "to-device-pinned")],
)
def test_what_no_row_says_is_unknown(name: str, kernel: str) -> None:
    assert read_peaks(ROW).of_gpu(name, kernel) is None


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (ROW + ROW, "A stands twice"),
        (ROW.replace("2 TFLOP/s", "2 TB/s"), "bandwidth"),
        (ROW.replace("3 GB/s", "fast"), "not a number"),
        ("[[device]\n", "Expected"),
    ],
)
def test_a_text_that_is_no_table_of_peaks_is_refused(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_peaks(written)


def test_the_shipped_table_says_what_the_datasheets_say() -> None:
    # Dense: half of what the datasheets print with sparsity (1,979 and 989 TFLOP/s).
    h200 = {kernel: vendor_peaks().of_gpu("NVIDIA H200", kernel) for kernel in ("bfloat16", "tf32")}
    a100 = vendor_peaks().of_gpu("NVIDIA A100-SXM4-80GB", "copy")

    assert {kernel: peak.rate for kernel, peak in h200.items() if peak} == {
        "bfloat16": 989.5e12,
        "tf32": 494.5e12,
    }
    assert a100 is not None
    assert a100.rate == 2039e9


def test_every_shipped_peak_has_a_source_with_a_year() -> None:
    sources = {peak.source for peaks in vendor_peaks().devices.values() for peak in peaks.values()}

    assert all(source[-4:].isdecimal() for source in sources)
    assert len(vendor_peaks().devices) >= 10


def test_a_processor_has_cores_times_operations_times_frequency() -> None:
    # A core of Zen 3 issues two fused operations of 256 bits per cycle: 16 FLOP in float64.
    peaks = vendor_peaks()

    double, single = (peaks.of_processor(ZEN_3, kind, cores=4) for kind in ("float64", "float32"))

    assert double is not None
    assert single is not None
    assert double.rate == 4 * 16 * 3e9
    assert single.rate == 2 * double.rate
    assert single.source.startswith("4 x 32 FLOP per cycle x 3 GHz at most")


@pytest.mark.parametrize(
    ("processor", "kernel"),
    [
        (Processor(vendor="AuthenticAMD", family=25, model=1, hertz=None), "float64"),
        (Processor(vendor="AuthenticAMD", family=99, model=1, hertz=3e9), "float64"),
        (Processor(vendor="GenuineIntel", family=6, model=85, hertz=3e9), "float64"),
        (Processor(vendor=None, family=None, model=None, hertz=3e9), "float64"),
        (Processor(vendor="AuthenticAMD", family=25, model=None, hertz=3e9), "float64"),
        (ZEN_3, "bfloat16"),
        (ZEN_3, "copy"),
    ],
)
def test_a_processor_of_which_something_is_unknown_has_no_peak(
    processor: Processor, kernel: str
) -> None:
    assert vendor_peaks().of_processor(processor, kernel, cores=4) is None
