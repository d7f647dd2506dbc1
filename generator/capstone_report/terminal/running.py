"""What `capstone run` says, from the first run of the first study to its exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

import click

from capstone_report.errors import MeasurementError, Problem
from capstone_report.findings.finding import Severity
from capstone_report.measure.campaign import Campaign, Progress, Reporter
from capstone_report.measure.stopping import Stopped
from capstone_report.spec.load import LoadedStudy
from capstone_report.terminal.answers import problem_row
from capstone_report.terminal.events import CampaignEnded, Events, Result, StudyRow, write_event
from capstone_report.terminal.plans import campaign_row, print_campaign


class View(Protocol):
    """Shows a campaign to people, on stderr, while it is entered."""

    def __init__(self, study: LoadedStudy) -> None:
        """Begin with nothing shown."""

    def __enter__(self) -> Reporter: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Account:
    """Says what each campaign does, to people and to programs, and what came of them all."""

    def __init__(self, view: type[View], *, as_json: bool) -> None:
        """Begin before the first campaign."""
        self._view = view
        self._as_json = as_json
        self._rows: list[StudyRow] = []
        self._failures: list[Problem] = []

    @contextmanager
    def of(self, study: LoadedStudy) -> Iterator[Reporter]:
        """Give what a study's campaign reports its progress to."""
        events = Events(study)
        with self._view(study) as show:

            def report(progress: Progress) -> None:
                """Tell programs first: a view may take a moment."""
                if self._as_json:
                    events.report(progress)
                show(progress)

            try:
                yield report
            except Stopped:
                if self._as_json:  # a stream ends with a result, whatever ended the campaign
                    write_event(Result(studies=self._rows, problems=[]))
                raise

    def ended(self, study: LoadedStudy, campaign: Campaign) -> None:
        """Say what a campaign did."""
        row = campaign_row(study, campaign)
        self._rows.append(StudyRow(**row))
        for finding in campaign.findings:
            if finding.severity is Severity.ERROR:
                self._failures.append(finding)
            else:
                click.echo(str(finding), err=True)
        if self._as_json:
            write_event(CampaignEnded(**row))
        else:
            print_campaign(study, campaign)

    def close(self) -> None:
        """Write the result, and fail where something went wrong.

        Raises:
            MeasurementError: a run failed.
        """
        if self._as_json:
            problems = [problem_row(problem) for problem in self._failures]
            write_event(Result(studies=self._rows, problems=problems))
        if self._failures:
            raise MeasurementError(*self._failures)
