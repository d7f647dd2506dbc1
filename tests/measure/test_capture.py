"""Output that is small, large, endless, broken, or has no place to go."""

import errno
import os
import threading
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.measure.guard.capture import HEAD, TAIL, Capture


def captured(folder: Path, *pieces: bytes, cap: int = 1 << 28) -> Capture:
    """Send pieces through a pipe and return what captured them, closed."""
    source, sink = os.pipe()
    capture = Capture(source, folder / "stdout.txt", cap=cap)

    def write() -> None:
        with os.fdopen(sink, "wb", buffering=0) as stream:
            for piece in pieces:
                view = memoryview(piece)
                while view:
                    view = view[stream.write(view) :]

    writer = threading.Thread(target=write)
    writer.start()
    while capture.open:
        capture.read()
    writer.join()
    capture.close()
    return capture


def whole(folder: Path) -> bytes:
    """Return what the compressed file holds."""
    return (
        zstandard.ZstdDecompressor()
        .decompressobj()
        .decompress((folder / "stdout.txt.zst").read_bytes())
    )


@settings(max_examples=25, deadline=None)
@given(pieces=st.lists(st.binary(max_size=300), max_size=20))
def test_small_output_is_kept_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("small")

    capture = captured(folder, *pieces)

    assert (folder / "stdout.txt").read_bytes() == b"".join(pieces)
    assert capture.size == sum(map(len, pieces))
    assert not (folder / "stdout.txt.zst").exists()


@pytest.mark.parametrize("size", [HEAD, HEAD + 1, HEAD + TAIL, HEAD + TAIL + 1, 5 * HEAD])
def test_large_output_keeps_both_ends_in_the_open_and_everything_compressed(
    tmp_path: Path, size: int
) -> None:
    text = (b"%07d\n" * (size // 8 + 1) % tuple(range(size // 8 + 1)))[:size]

    capture = captured(tmp_path, text)

    kept = (tmp_path / "stdout.txt").read_bytes()
    assert capture.size == size
    assert kept.startswith(text[:HEAD])
    assert kept.endswith(text[-TAIL:])
    left_out = size - HEAD - TAIL
    assert (f"{left_out} bytes left out".encode() in kept) == (left_out > 0)
    assert (kept == text) == (left_out <= 0)
    if size > HEAD:
        assert whole(tmp_path) == text


def test_the_compressed_file_is_bounded_and_says_that_it_is_not_everything(tmp_path: Path) -> None:
    noise = [os.urandom(HEAD) for _ in range(8)]

    capture = captured(tmp_path, *noise, cap=2 * HEAD)

    assert capture.size == 8 * HEAD
    assert (tmp_path / "stdout.txt.zst").stat().st_size < 4 * HEAD
    assert b"stdout.txt.zst holds the first part" in (tmp_path / "stdout.txt").read_bytes()
    assert whole(tmp_path)[:HEAD] == noise[0]


@pytest.mark.parametrize("size", [10, 3 * HEAD])
def test_a_full_disk_is_told_and_the_program_is_still_listened_to(
    tmp_path: Path, size: int
) -> None:
    (tmp_path / "stdout.txt").symlink_to("/dev/full")

    capture = captured(tmp_path, b"x" * size)

    assert capture.errno == errno.ENOSPC
    assert capture.size == size
