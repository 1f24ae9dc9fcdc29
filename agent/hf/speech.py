"""What of a growing reply can be said aloud already: no call, no thought, nothing after a stop."""

from collections.abc import Sequence

from agent.hf.call_format import CallFormat

THINK, THOUGHT = "<think>", "</think>"
HALF = "\N{REPLACEMENT CHARACTER}"
"""How a letter looks of which only the first bytes have come."""


class Speech:
    """Takes a reply as it grows and gives its text piece by piece.

    Parameters
    ----------
    form : how calls are written; None where none can come
    stops : the reply ends before the first of these
    thinking : the prompt has begun a thought, which ends at ``</think>``
    """

    def __init__(self, form: CallFormat | None, stops: Sequence[str], thinking: bool) -> None:
        self._form = form
        self._stops = [stop for stop in stops if stop]
        self._thinking = thinking
        self._said = 0
        self.calls = ""
        self.stopped = False

    @property
    def calling(self) -> bool:
        """Whether the reply has come to its calls, which are in `calls`."""
        return bool(self.calls)

    def heard(self, reply: str, last: bool = False) -> str:
        """Return what can be said now, given the whole reply so far."""
        text = self._without_thought(reply, last)
        begin = self._form.begins(text) if self._form else -1
        if begin >= 0:
            self.calls, text = text[begin:], text[:begin].rstrip()
        found = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self.stopped, self.calls, text = True, "", text[: min(found)]
        elif not last and begin < 0:
            text = text[: self._sure(text)]
        fresh = text[self._said :]
        self._said = max(self._said, len(text))
        return fresh

    # ---- inside ---------------------------------------------------------------------------------

    def _without_thought(self, reply: str, last: bool) -> str:
        text = reply.lstrip()
        if not self._thinking and not text.startswith(THINK):
            return "" if not last and THINK.startswith(text) else text
        return text.partition(THOUGHT)[2].lstrip()

    def _sure(self, text: str) -> int:
        """Return up to where a text is no beginning of something that is not said."""
        sure = len(text.rstrip().rstrip(HALF).rstrip())
        for mark in [*self._stops, *([self._form.tag] if self._form else ())]:
            for length in range(min(len(mark) - 1, len(text)), 0, -1):
                if text.endswith(mark[:length]):
                    sure = min(sure, len(text) - length)
                    break
        return len(text[:sure].rstrip())
