"""What the small model reads: a question with the open tracks, or a question with facts.

The format is our own and as short as can be, for every token costs time on a laptop. It ends with a
line that says what is wanted: ``=`` a reading (`agent.embedded.notation`), ``~`` an answer.
"""

from collections.abc import Iterable

from agent.open_tracks import OpenTrack

BEGIN, END = "<|im_start|>", "<|im_end|>"
MOST_TRACKS = 8
LONGEST_TITLE, LONGEST_QUESTION = 48, 600


def reading_prompt(
    question: str, tracks: Iterable[OpenTrack], focus: Iterable[str] = (), before: str = ""
) -> str:
    """Return the prompt for a reading.

    Parameters
    ----------
    question : as the user typed it
    tracks : those that are open
    focus : handles of the tracks talked about last; they are marked where several are open
    before : the reading of the question before, ``""`` at the start of a conversation
    """
    shown, marked = tuple(tracks)[:MOST_TRACKS], frozenset(focus)
    lines = [
        f"{t.handle}{'*' if len(shown) > 1 and t.handle in marked else ''} {_title(t)}"
        for t in shown
    ]
    lines += [f"after {before}"] if before else []
    return f"{BEGIN}{chr(10).join(lines)}\nQ {plain(question, LONGEST_QUESTION)}\n=\n"


def answer_prompt(question: str, brief: str) -> str:
    """Return the prompt for an answer: facts (`agent.embedded.brief`) and the question."""
    facts = "\n".join(plain(line, 600) for line in brief.splitlines() if line.strip())
    return f"{BEGIN}{facts}\nQ {plain(question, LONGEST_QUESTION)}\n~\n"


def plain(text: str, most: int) -> str:
    """Return a text on one line, none of its characters a control token, at most so long."""
    return " ".join(text.replace("<|", "< |").split())[:most]


def _title(track: OpenTrack) -> str:
    artist = f" - {track.artist}" if track.artist else ""
    return plain(f"{track.title}{artist}", LONGEST_TITLE)
