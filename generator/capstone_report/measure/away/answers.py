"""How a scheduler may fail whoever asks it."""


class RefusedError(Exception):
    """The scheduler answered, and said no."""


class NoAnswerError(Exception):
    """The scheduler did not answer: what was asked may have happened or not."""
