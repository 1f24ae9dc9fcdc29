"""Streamed text, let out sentence by sentence once it holds against the ledger."""

from collections.abc import Iterable, Sequence

from agent.correcting import BAD
from agent.evidence import Claim
from agent.grounding import check
from agent.ledger import Ledger
from agent.open_tracks import OpenTrack
from agent.statements import sentences


class Releasing:
    """What of an answer may be shown while the model still writes.

    A sentence is let out when it is complete and none of its statements is wrong or unmeasured.
    After the first that does not hold nothing more is let out: the answer may come back otherwise.
    """

    def __init__(self, question: str, tracks: Sequence[OpenTrack]) -> None:
        self.out = ""
        self._question, self._tracks = question, tracks
        self._claims: list[Claim] = []
        self._ledger: Ledger | None = None
        self._text = ""
        self._message = ""
        self._held = False

    def learn(self, claims: Iterable[Claim]) -> None:
        """Add what a tool measured."""
        self._claims += claims
        self._ledger = None

    def add(self, text: str, message: str) -> str:
        """Take more text of a message and return what may be shown of it now.

        Text of a second message is held: it may replace the first.
        """
        if self._held or (self._message and message != self._message and self._text):
            self._held = True
            return ""
        self._message = message
        self._text += text
        parts = sentences(self._text, self._tracks)
        whole = parts[-1].start if len(parts) > 1 else 0  # the last one may go on
        if whole <= len(self.out):
            return ""
        verdicts = check(self._text[:whole], self._known(), self._question, self._tracks)
        if any(v.status in BAD for v in verdicts):
            self._held = True
            return ""
        fresh = self._text[len(self.out) : whole]
        self.out += fresh
        return fresh

    def rest(self, answer: str) -> str | None:
        """Return what of the final answer was not shown yet; None where it reads otherwise."""
        if not answer.startswith(self.out):
            return None
        rest = answer[len(self.out) :]
        self.out = answer
        return rest

    def _known(self) -> Ledger:
        if self._ledger is None:
            self._ledger = Ledger(self._claims)
        return self._ledger
