"""Facts stand once per campaign: the line of a run holds only those that differ from them.

Whoever reads a journal gets every run with all its facts; only lines are short.
"""

from collections.abc import Iterable, Iterator, Mapping

from capstone_report.results.records import AnyRecord, CampaignRecord, RunRecord

UNKNOWN = ""
"""What a run's line says of a fact that its campaign knew and the run did not."""


def shortened(record: AnyRecord, campaign: Mapping[str, str]) -> AnyRecord:
    """Return a record as its line holds it: a run without the facts of its campaign."""
    if not isinstance(record, RunRecord):
        return record
    known = record.environment.facts
    gone = dict.fromkeys(campaign.keys() - known.keys(), UNKNOWN)
    changed = {name: value for name, value in known.items() if campaign.get(name) != value}
    return _with_facts(record, changed | gone)


def completed(records: Iterable[AnyRecord]) -> Iterator[AnyRecord]:
    """Yield records as they were before they were shortened, in their order."""
    campaign: Mapping[str, str] = {}
    for record in records:
        if isinstance(record, CampaignRecord):
            campaign = record.environment.facts
        if isinstance(record, RunRecord) and (campaign or record.environment.facts):
            facts = {**campaign, **record.environment.facts}
            known = {name: value for name, value in facts.items() if value != UNKNOWN}
            yield _with_facts(record, known)
        else:
            yield record


def latest_facts(records: Iterable[AnyRecord]) -> Mapping[str, str]:
    """Return the facts of the newest campaign, against which the next run is shortened."""
    campaigns = [record for record in records if isinstance(record, CampaignRecord)]
    return campaigns[-1].environment.facts if campaigns else {}


def _with_facts(record: RunRecord, facts: Mapping[str, str]) -> RunRecord:
    """Return a run with these facts and no others."""
    environment = record.environment.model_copy(update={"facts": dict(facts)})
    return record.model_copy(update={"environment": environment})
