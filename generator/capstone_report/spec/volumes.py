"""How many bytes a pattern moves per worker and step, by the volumes that a study declares."""

from capstone_report.spec.design import CommunicationSlot
from capstone_report.spec.vocabulary import Communication


def wire_bytes(pattern: Communication, declared: CommunicationSlot) -> float:
    """Return the bytes that one worker sends in a step, for many workers (section 41.4.2).

    All-reduce sends the message twice, 2 (p - 1)/p of it, as a ring does. A parameter server gets
    what a worker touched and returns as much, and so does a coordinator that hands out tasks and
    collects answers. Gossip sends the message to each neighbour.
    """
    touched = declared.touched_bytes or declared.message_bytes
    return {
        Communication.ALL_REDUCE: 2 * declared.message_bytes,
        Communication.PARAMETER_SERVER: 2 * touched,
        Communication.GOSSIP: declared.neighbours * declared.message_bytes,
        Communication.SCATTER_GATHER: 2 * touched,
    }[pattern]
