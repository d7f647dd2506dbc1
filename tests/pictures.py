"""Draws the pictures of the README and the documents from three studies; `make pictures`.

The studies are invented and say so: their records are simulated, so that every picture can be made
again on any machine. One is complete, one has nothing but its baseline, and one is refused.
"""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from capstone_report.spec.load import load_project
from simulated import (
    ENVIRONMENT,
    SERIAL,
    STUDY_ID,
    machine_folder,
    pool,
    records,
    write_journal,
    write_workspace,
)
from sites import REPOSITORY, build

IMAGES = REPOSITORY / "docs" / "images"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
WORKERS = (1, 2, 4, 8, 16, 32)
SERIAL_S, SERIAL_SHARE, EXCHANGE_S, START_S = 8.0, 0.012, 0.004, 0.25
NOISE = 0.02
SCREENS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 1290}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 1290}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "light",
        "device_scale_factor": 2,
    },
    "print": {"viewport": {"width": 794, "height": 1123}, "color_scheme": "light"},
}


def noisy(seconds: float, runs: int, random: Random) -> list[float]:
    """Return the times of some runs, spread as those of a quiet machine are."""
    return [seconds * random.lognormvariate(0.0, NOISE) for _ in range(runs)]


def scaled(workers: int) -> float:
    """Return an invented time: a serial share, an exchange that grows, and a start."""
    parallel = SERIAL_S * (1 - SERIAL_SHARE) / workers
    return START_S + SERIAL_S * SERIAL_SHARE + parallel + EXCHANGE_S * (workers - 1)


def studies() -> Mapping[str, Mapping[str, list[float]]]:
    """Return the times of each study's runs, by case."""
    random = Random(41)  # noqa: S311 - noise, no secret
    serial = noisy(SERIAL_S, 8, random)
    runs = {pool(workers): noisy(scaled(workers), 8, random) for workers in WORKERS}
    few = {pool(workers): times[:3] for workers, times in zip(WORKERS, runs.values(), strict=True)}
    return {
        "complete": {SERIAL: serial, **runs},
        "baseline-only": {SERIAL: serial},
        "refused": {SERIAL: serial[:3], **few},
    }


def site_of(root: Path, times: Mapping[str, list[float]]) -> Path:
    """Write a workspace with simulated records, build its site, and return the study's folder in it."""
    write_workspace(
        root,
        problem__title="Summing items: does a pool beat one good process?",
        benchmarks__1__levels={"workers": list(WORKERS)},
    )
    (loaded,) = load_project(root).studies
    environment = ENVIRONMENT.model_copy(update={"cores": 32, "physical_cores": 32})
    write_journal(machine_folder(loaded), records(loaded, times, environment=environment))
    build(root, root / "out")
    return root / "out" / STUDY_ID


def photograph(browser: Browser, page: Path, to: Path, screen: str) -> None:
    """Save what a screen shows of a page before anybody scrolls."""
    view = browser.new_page(**SCREENS[screen])
    if screen == "print":
        view.emulate_media(media="print")
    view.goto(page.as_uri())
    view.wait_for_timeout(500)
    view.screenshot(path=to)
    view.close()


def main() -> None:
    """Draw every study on every screen, and the replay of the complete one."""
    chromium = next(found for name in CHROMIUM if (found := shutil.which(name)))
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, times in studies().items():
            site = site_of(Path(folder) / name, times)
            for screen in SCREENS:
                page = "print.html" if screen == "print" else "index.html"
                photograph(browser, site / page, IMAGES / f"{name}-{screen}.png", screen)
            if name == "complete":
                photograph(browser, site / "performance.html", IMAGES / "performance.png", "light")
                _photograph_replay(browser, site, IMAGES / "replay.png")
        browser.close()


def _photograph_replay(browser: Browser, site: Path, to: Path) -> None:
    """Save the slide that replays both sides, some way into it."""
    view = browser.new_page(viewport={"width": 1280, "height": 720})
    view.goto(f"{(site / 'slides.html').as_uri()}#/replay")
    view.wait_for_selector("svg.replay")
    view.evaluate("document.querySelector('svg.replay').pauseAnimations()")
    view.evaluate("document.querySelector('svg.replay').setCurrentTime(1.2)")
    view.screenshot(path=to)
    view.close()


if __name__ == "__main__":
    main()
