"""What is wrong with a rule that someone wrote."""

_SHOWN = 100


class InvalidRule(ValueError):
    """A rule cannot be read. `reason` is a slug that a door has a sentence for, `text` what was written, cut short."""

    def __init__(self, reason: str, text: object = "") -> None:
        self.reason = reason
        self.text = str(text)[:_SHOWN]
        super().__init__(f"{reason}: {self.text!r}")
