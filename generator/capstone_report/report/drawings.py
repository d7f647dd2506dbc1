"""Every drawing of a study, by the name that pages and slides ask for."""

from capstone_report.report.decision_flow import decision_flow
from capstone_report.report.slot_card import slot_card
from capstone_report.report.stack_path import stack_path
from capstone_report.report.svg import Drawing
from capstone_report.report.whiteboard import whiteboard, whiteboard_slide
from capstone_report.spec.study import Study


def drawings(study: Study) -> dict[str, Drawing]:
    """Return the drawings that a declared study alone gives, before anything is measured."""
    return {
        "decision-flow": decision_flow(ceiling=study.problem.ceiling, axis=study.axis.name),
        "stack-path": stack_path(study),
        "whiteboard": whiteboard(study.design),
        "slot-card": slot_card(study),
        "whiteboard-slide": whiteboard_slide(study.design),
    }
