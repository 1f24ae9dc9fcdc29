"""The tools that make new music: from words, and from an open track.

As in `agent.toolbox`: words for the model, and plain data with evidence as the artifact. What is
told of a new piece was heard in it, like in any recording.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from langchain.tools import ToolRuntime

from agent.generation.from_track import LIKE, SHAPE, accompanied, place_of, tune_of, whole
from agent.generation.generating import Piece, make_piece, seed_of
from agent.generation.wishes import accompaniment, continuation, like_track, variation
from agent.record_claims import all_claims
from agent.render import clock, describe_words
from agent.tool_frame import Answer, ToolFrame, Track, artifact, track_data
from tools.errors import MusicToolError
from tools.titles import clean_text

if TYPE_CHECKING:
    from agent.generation.brief_words import Wish
    from agent.library import Report

WORDS = 400
"""Characters of a description that are read."""
Seed = Annotated[
    int | None, "the same number gives the same piece again; leave out for another one each time"
]
Length = Annotated[float | None, "how long, in seconds; leave out for the usual"]


class MusicTools(ToolFrame):
    """The tools that make music over one library."""

    def generate(
        self,
        description: Annotated[
            str, "what it shall be, in the user's words: style, mood, players, form, length"
        ],
        runtime: ToolRuntime,
        seconds: Length = None,
        key: Annotated[str | None, "such as D minor or Bb major"] = None,
        bpm: Annotated[float | None, "beats a minute"] = None,
        meter: Annotated[str | None, "such as 3/4"] = None,
        chords: Annotated[list[str] | None, "one a bar, such as Dm7, G7, Cmaj7"] = None,
        instruments: Annotated[list[str] | None, "who plays, and nobody else"] = None,
        like: Annotated[str | None, "handle of an open track that it shall be like"] = None,
        seed: Seed = None,
    ) -> Answer:
        """Make new music from words, or like an open track: a recording, MIDI and sheet music."""
        from agent.generation.brief_words import read_brief

        text = clean_text(description, WORDS)
        given: dict[str, Any] = {
            "seconds": seconds, "key": key, "bpm": bpm, "meter": meter,
            "chords": " ".join(chords) if chords else None,
            "instruments": ", ".join(instruments) if instruments else None,
            "seed": self._seed(seed, text),
        }  # fmt: skip
        given = {name: value for name, value in given.items() if value is not None}
        report = self.reporter(runtime)
        if like is None:
            return self._told("generate", read_brief(text, **given), None, report)
        handle, record = self.hear(like, LIKE, runtime)
        wish, sound = like_track(record, text, **given), tune_of(self._library, handle)

        def made(report: "Report") -> Piece:
            return make_piece(self._library, wish.brief, wish.asked, like=sound, report=report)

        return self._told("generate", wish, handle, report, made)

    def continue_track(
        self,
        track: Track,
        runtime: ToolRuntime,
        from_time: Annotated[
            float | None, "second from which new music goes on; leave out for the end"
        ] = None,
        what: Annotated[str, "how it goes on, in words; leave out for as it was"] = "",
        seconds: Length = None,
        seed: Seed = None,
    ) -> Answer:
        """Go on from a track with new music in its key, tempo, meter and harmony."""
        handle, record = self.hear(track, SHAPE, runtime)
        report = self.reporter(runtime)
        at = place_of(record, from_time)
        text = clean_text(what, WORDS)
        wish = continuation(record, at, text, seconds=seconds, seed=self._seed(seed))
        before = whole(self._library, handle).between(0.0, at)

        def made(report: "Report") -> Piece:
            from tools.synthesis.montage import followed

            return make_piece(
                self._library, wish.brief, wish.asked, report=report, before=before, starts=at,
                finish=lambda new: new.audio if new.score is None else followed(before, new.audio, at),
            )  # fmt: skip

        return self._told("continue_track", wish, handle, report, made, {"from_time": round(at, 2)})

    def variation(
        self,
        track: Track,
        what: Annotated[str, "what shall be different: in minor, slower, as a waltz, for strings"],
        runtime: ToolRuntime,
        seed: Seed = None,
    ) -> Answer:
        """Make a new version of a track's harmony and form, changed as asked; its tune is new."""
        handle, record = self.hear(track, SHAPE, runtime)
        wish = variation(record, clean_text(what, WORDS), seed=self._seed(seed))
        return self._told("variation", wish, handle, self.reporter(runtime))

    def accompany(
        self,
        track: Track,
        runtime: ToolRuntime,
        description: Annotated[
            str, "what plays, in words: style, players, a bass line, a counter-melody, a beat"
        ] = "",
        start: Annotated[float | None, "second from which it plays"] = None,
        end: Annotated[float | None, "second at which it stops; leave both out for all"] = None,
        seed: Seed = None,
    ) -> Answer:
        """Play along with a track, or a section: bass, chords, drums or a new tune in its harmony."""
        handle, record = self.hear(track, SHAPE, runtime)
        between = _between(start, end, record.duration)
        text = clean_text(description, WORDS)
        wish = accompaniment(record, text, *between, seed=self._seed(seed))

        def made(report: "Report") -> Piece:
            return accompanied(self._library, handle, record, wish, report, between)

        more = {} if between == (0.0, None) else {"between": [between[0], between[1]]}
        return self._told("accompany", wish, handle, self.reporter(runtime), made, more)

    # ---- inside ---------------------------------------------------------------------------------

    def _seed(self, seed: int | None, words: str = "") -> int:
        """Return the seed that is asked for, else one that no such piece of this conversation had."""
        return seed_of(words) + len(self._library.tracks) if seed is None else seed

    def _told(
        self,
        tool: str,
        wish: "Wish",
        source: str | None,
        report: "Report",
        make: "Callable[[Report], Piece] | None" = None,
        more: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Make the piece, and tell it."""
        library = self._library
        if make is None:
            piece = make_piece(library, wish.brief, wish.asked, report=report)
        else:
            piece = make(report)
        data = {
            "piece": track_data(piece.handle, piece.record),
            "files": {form: library.address(file) for form, file in piece.files.items()},
            "asked": {name: _plain(value) for name, value in wish.asked.items()},
            "honoured": piece.honoured,
            "notes": notes_of(wish, piece),
            "estimator": piece.engine.signature,
            "rung": piece.engine.rung,
            "seed": wish.brief.seed,
            "from": source,
            "heard": describe_words(piece.record),
        } | dict(more or {})
        words = _words(piece, data)
        claims = all_claims(piece.handle, piece.record)
        return words, artifact(tool, piece.handle, piece.record, data, claims)


def _between(start: float | None, end: float | None, duration: float) -> tuple[float, float | None]:
    """Return the place in a track that is played along with.

    Raises
    ------
    MusicToolError
        If it is not in the track.
    """
    begins = start or 0.0
    if not 0 <= begins < (duration if end is None else end):
        raise MusicToolError(
            f"From {begins:.1f} s to {end:.1f} s is no place in the track."
            if end is not None
            else f"The track is over at {begins:.1f} s."
        )
    return begins, None if end is None or end >= duration else end


def notes_of(wish: "Wish", piece: Piece) -> list[str]:
    """Return what was taken otherwise than it was said, or is not heard, a sentence each."""
    lost = f"I could not take in: {', '.join(wish.unheard)}." if wish.unheard else ""
    return [note for note in (*wish.notes, lost, *piece.notes) if note]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _words(piece: Piece, data: Mapping[str, Any]) -> str:
    """Return a new piece in words for a model."""
    files = "; ".join(f'{form} "{path}"' for form, path in data["files"].items())
    said = [
        f'{piece.handle} is new: "{clean_text(piece.record.title)}", '
        f"{clock(piece.record.duration)}, written by {piece.engine.signature}.",
        f"Heard in it: {data['heard']}",
        *data["notes"],
        f"Saved: {files}.",
    ]
    return " ".join(said)
