"""The pictures of the documents: each is drawn by the script, and each that is named is there."""

import re

from pictures import IMAGES, SCREENS, WORKERS, studies
from sites import REPOSITORY


def test_the_first_picture_is_of_a_study_with_five_worker_counts_or_more() -> None:
    (first, *_) = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (REPOSITORY / "README.md").read_text())

    assert first == "docs/images/complete-light.png"
    assert len(WORKERS) >= 5
    assert sum(name.startswith("pool") for name in studies()["complete"]) == len(WORKERS)


def test_every_picture_is_drawn_by_the_script_and_every_named_one_is_there() -> None:
    drawn = {f"{study}-{screen}.png" for study in studies() for screen in SCREENS}
    texts = [REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")]
    named = {
        name for text in texts for name in re.findall(r"images/([\w-]+\.png)", text.read_text())
    }

    there = {path.name for path in IMAGES.iterdir()}
    assert there == drawn | {"performance.png", "replay.png"}
    assert named <= there
