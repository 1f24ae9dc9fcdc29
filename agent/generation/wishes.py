"""Commissions that start from a track: like it, going on from it, a variation on it, under it.

They take over what was measured of the track, change what the words ask to be changed, and say what
was not measured and so is left open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.generation.brief_words import Wish, finish, read_draft
from agent.generation.changes import Changes, take_changes
from agent.generation.draft import BriefError, Draft, listed
from agent.generation.measured import Measured, measured
from agent.generation.parts_asked import TUNE, take_parts
from agent.generation.pulse_asked import FASTEST, SLOWEST
from agent.generation.recasting import in_other_key, reharmonised, with_sevenths
from agent.measures import local_bpm, local_key
from agent.record import TrackRecord
from tools.composing.brief import LONGEST
from tools.composing.meters import METER
from tools.composing.orchestra import is_excluded
from tools.theory import pitch_class, tonic_name

__all__ = ["accompaniment", "continuation", "like_track", "variation"]

PHRASE = 8
"""Bars whose chords a continuation repeats where the track has no loop."""
VARIED = 32
"""Bars of a track that a variation takes; a whole song is asked for by its length."""
PACE_TOLERANCE = 0.03
"""How far a tempo that is asked for may be from the track's, or its half or double, to be the same."""
MOODY = {"happy": (1.08, "major"), "sad": (0.9, "minor"), "dark": (1.0, "minor"), "energetic": (1.12, ""), "calm": (0.88, "")}  # fmt: skip
"""What a change of mood does: a factor of the tempo, and the mode it takes."""


def like_track(record: TrackRecord, words: str = "", **given: object) -> Wish:
    """Return a commission for a piece like a track: ``"like #2 but happier"``.

    It takes key, tempo, meter, style, mood, form and instruments of the track, not its chords.

    Parameters
    ----------
    given : as of `agent.generation.brief_words.read_brief`

    Raises
    ------
    BriefError
        If what is asked for contradicts itself or can't be composed.
    RecordError
        If an annotation of the record is damaged.
    """
    known = measured(record)
    changes, text = take_changes(words)
    draft = read_draft(text, **given)
    _take_over(draft, known.fields, ("chords",))
    _change(draft, known, changes)
    _tell_missing(draft, [word for word in known.missing if word != "chords"])
    return _finished(draft, words, f"Like {_title(record)}")


def continuation(
    record: TrackRecord, from_time: float | None = None, words: str = "", **given: object
) -> Wish:
    """Return a commission for how a track goes on from a time in seconds, its end by default.

    The key and tempo are those about that time; the chords are those that would come next: of the
    loop, or of the phrase, that led there.

    Raises
    ------
    BriefError
        If the time is not in the track, or what is asked for can't be composed.
    """
    time = record.duration if from_time is None else float(from_time)
    if not 0 <= time <= record.duration + 0.05:
        raise BriefError(
            f"The track lasts {record.duration:.1f} s, and it can't go on from {time:.1f} s."
        )
    known = measured(record)
    changes, text = take_changes(words)
    draft = read_draft(text, **given)
    here = dict(known.fields) | _local(record, time, known)
    _take_over(draft, here, ("form",))
    _put_chords(draft, _leading_to(known, time), known, changes)
    _change(draft, known, changes)
    _tell_missing(draft, known.missing)
    return _finished(draft, words, f"{_title(record)}, continued")


def variation(record: TrackRecord, what: str = "", **given: object) -> Wish:
    """Return a commission for a variation: "in minor", "slower", "as a waltz", "reharmonised".

    All that was measured stays but for what the words change; chords follow the key into another
    mode or key by their degrees.

    Raises
    ------
    BriefError
        If what is asked for contradicts itself or can't be composed.
    """
    known = measured(record)
    changes, text = take_changes(what)
    draft = read_draft(text, **given)
    _take_over(draft, known.fields)
    bars = known.labels
    if len(bars) > VARIED and draft.fields.keys().isdisjoint(("bars", "seconds")):
        draft.notes.append(f"Of its {len(bars)} bars the first {VARIED} are varied.")
        bars = bars[:VARIED]
    _put_chords(draft, bars, known, changes)
    if bars and draft.fields.keys().isdisjoint(("bars", "seconds")):
        draft.fields["bars"] = max(1, round(len(bars) * changes.length))
    _change(draft, known, changes)
    _tell_missing(draft, known.missing)
    return _finished(draft, what, f"{_title(record)}, {what or 'varied'}")


def accompaniment(
    record: TrackRecord,
    words: str = "",
    start: float = 0.0,
    end: float | None = None,
    **given: object,
) -> Wish:
    """Return a commission for what plays under a track: its key, tempo, meter, chords and length.

    Instruments are not taken over: they are there already.

    Parameters
    ----------
    start, end : the seconds between which it plays; all of the track by default

    Raises
    ------
    BriefError
        If what is asked for contradicts itself or can't be composed.
    """
    known = measured(record)
    draft = read_draft(words, **given)
    parts = take_parts(draft)
    _keep_pace(draft, known)
    _take_over(draft, known.fields, ("instruments", "mood"))
    bars = known.labels[known.bar_at(start) : None if end is None else known.bar_at(end)]
    _put_chords(draft, bars, known, Changes())
    if bars and draft.fields.keys().isdisjoint(("bars", "seconds")):
        draft.fields["bars"] = _fitting(draft, len(bars))
    if not bars and draft.fields.keys().isdisjoint(("bars", "seconds")):
        lasts = (record.duration if end is None else end) - start
        draft.fields["seconds"] = min(max(lasts, 2.0), LONGEST)
    _tell_missing(draft, [word for word in known.missing if word != "instruments"])
    what = "New tune to" if parts == TUNE else "Accompaniment to"
    wish = _finished(draft, words, f"{what} {_title(record)}")
    return replace(wish, parts=parts)


# ---- what stays ---------------------------------------------------------------------------------


def _take_over(draft: Draft, fields: Mapping[str, object], left: Sequence[str] = ()) -> None:
    """Fill what the words left open by what was measured; players are joined or replaced."""
    asked = dict(draft.fields)
    for name, value in fields.items():
        if name not in left and name not in asked and name not in ("tonic", "mode"):
            draft.fields[name] = value
            draft.asked.setdefault(name, value)
    _take_key(draft, fields)
    if "instruments" not in fields or "instruments" in left:
        return
    own = [str(name) for name in _items(fields["instruments"])]
    without = [str(name) for name in _items(asked.get("without"))]
    own = [name for name in own if not is_excluded(name, without)]
    if "instruments" not in asked:
        draft.fields |= {"instruments": tuple(own), "joined": True, "led": False, "alone": False}
        draft.asked["instruments"] = tuple(own)
    elif asked.get("joined"):
        draft.put("instruments", tuple(dict.fromkeys([*_items(asked["instruments"]), *own])))


def _keep_pace(draft: Draft, known: Measured) -> None:
    """Leave the tempo to the track that is played along with, and say so where another was asked."""
    asked, own = draft.fields.get("bpm"), known.fields.get("bpm")
    if asked is None or own is None:
        return
    ratio = float(str(asked)) / float(str(own))
    if all(abs(ratio / whole - 1) > PACE_TOLERANCE for whole in (0.5, 1.0, 2.0)):
        draft.notes.append(
            f"It keeps to the track's {own:.0f} BPM, so that it fits; at {asked:.0f} it would not."
        )
    for fields in (draft.fields, draft.asked):
        fields.pop("bpm", None)


def _take_key(draft: Draft, fields: Mapping[str, object]) -> None:
    """Fill tonic and mode; a mode that is asked for alone is that of the same tonic."""
    draft.is_mode_said = "mode" in draft.fields
    if "tonic" not in fields:
        return
    if "tonic" not in draft.fields:
        mode = str(draft.fields.get("mode", fields["mode"]))
        draft.fields["tonic"] = tonic_name(pitch_class(str(fields["tonic"])), mode)
        if mode == fields["mode"]:
            draft.fields["tonic"] = fields["tonic"]
    draft.fields.setdefault("mode", fields["mode"])
    draft.asked["key"] = f"{draft.fields['tonic']} {draft.fields['mode']}"


def _put_chords(
    draft: Draft, bars: Sequence[Sequence[str]], known: Measured, changes: Changes
) -> None:
    """Keep the chords of bars, brought into the key that is asked for; chords in words count more."""
    home = known.key
    if "chords" in draft.fields or not bars or home is None:
        return
    _move_key(draft, home, changes)
    mode = _mode_of_mood(draft, known) or str(draft.fields.get("mode", home[1]))
    goal = (str(draft.fields.get("tonic", home[0])), mode)
    labels = in_other_key([label for bar in bars for label in bar], home, goal)
    if changes.reharmonised:
        labels = reharmonised(labels, goal)
    elif changes.sevenths:
        labels = with_sevenths(labels, goal)
    draft.fields |= {"chords": labels, "chord_bars": 1 / len(bars[0])}
    draft.asked["chords"] = labels


def _leading_to(known: Measured, time: float) -> tuple[tuple[str, ...], ...]:
    """Return the bars that come next if the loop that led to a time goes on."""
    passed = known.labels[: known.bar_at(time)]
    if not passed:
        return known.labels[:PHRASE]
    period = _period(passed) or min(PHRASE, len(passed))
    return tuple(passed[-period:])


def _period(bars: Sequence[tuple[str, ...]]) -> int:
    """Return after how many bars the last ones come again, 0 where they don't."""
    for size in (1, 2, 4, 8, 12, 16):
        if size > 1 and len(bars) >= 2 * size and bars[-size:] == bars[-2 * size : -size]:
            return size
    return 0


def _local(record: TrackRecord, time: float, known: Measured) -> dict[str, object]:
    start, end = max(0.0, time - 8.0), max(time, 1.0)
    fields: dict[str, object] = {}
    if "bpm" in known.fields and (bpm := local_bpm(record, start, end)):
        whole = float(str(known.fields["bpm"]))
        fields["bpm"] = float(round(bpm)) if abs(bpm / whole - 1) < 0.3 else whole
    if key := local_key(record, start, end):
        tonic, _, mode = key.partition(" ")
        fields |= {"tonic": tonic, "mode": mode}
    return fields


def _fitting(draft: Draft, bars: int) -> int:
    """Return as many bars as a piece may have."""
    meter, bpm = METER.get(str(draft.fields.get("meter"))), draft.fields.get("bpm")
    if meter is None or bpm is None:
        return bars
    return min(bars, max(1, int(LONGEST * float(str(bpm)) / 60 / meter.beats)))


# ---- what changes -------------------------------------------------------------------------------


def _change(draft: Draft, known: Measured, changes: Changes) -> None:
    """Bring in what is to be otherwise: tempo, key, and what a mood does to them."""
    fields = draft.fields
    if "chords" not in fields and known.key and changes.shift:
        _move_key(draft, known.key, changes)
    pace = changes.pace
    if _has_mood(draft, known):
        factor, _ = MOODY.get(str(fields["mood"]), (1.0, ""))
        mode = _mode_of_mood(draft, known)
        if mode and fields.get("mode") not in (None, mode) and draft.fields.get("tonic"):
            fields["mode"] = mode
            fields["tonic"] = tonic_name(pitch_class(str(fields["tonic"])), mode)
            draft.asked["key"] = f"{fields['tonic']} {mode}"
            draft.notes.append(f"{str(fields['mood']).capitalize()} music is put in {mode}.")
        pace = factor if pace == 1.0 else pace
    _change_pace(draft, known, pace, changes.more_bpm)
    if changes.length != 1.0 and "seconds" in fields:
        fields["seconds"] = float(str(fields["seconds"])) * changes.length


def _change_pace(draft: Draft, known: Measured, pace: float, more: float) -> None:
    if pace == 1.0 and not more:
        return
    if "bpm" not in known.fields or draft.fields.get("bpm") != known.fields["bpm"]:
        if "bpm" not in draft.fields:  # nothing to be slower than
            draft.unheard.append("slower" if pace < 1 or more < 0 else "faster")
        return
    bpm = float(round(float(str(known.fields["bpm"])) * pace + more))
    draft.put("bpm", min(max(bpm, SLOWEST), FASTEST))


def _has_mood(draft: Draft, known: Measured) -> bool:
    """Return whether the words ask for a mood, and none that the track has."""
    asked = draft.asked.get("mood")
    return asked is not None and asked != known.fields.get("mood")


def _mode_of_mood(draft: Draft, known: Measured) -> str:
    """Return the mode that a mood which is asked for takes, ``""`` where the words name one."""
    if draft.is_mode_said or not _has_mood(draft, known):
        return ""
    return MOODY.get(str(draft.asked["mood"]), (1.0, ""))[1]


def _move_key(draft: Draft, home: tuple[str, str], changes: Changes) -> None:
    if not changes.shift:
        return
    mode = str(draft.fields.get("mode", home[1]))
    tonic = tonic_name((pitch_class(home[0]) + changes.shift) % 12, mode)
    draft.fields |= {"tonic": tonic, "mode": mode}
    draft.asked["key"] = f"{tonic} {mode}"


def _tell_missing(draft: Draft, missing: Sequence[str]) -> None:
    named = {"key": "key", "tempo": "bpm", "meter": "meter", "style": "style", "chords": "chords", "instruments": "instruments"}  # fmt: skip
    open_ = [word for word in missing if named[word] not in draft.asked]
    if open_:
        verb = "was" if len(open_) == 1 and not open_[0].endswith("s") else "were"
        draft.notes.append(f"Its {listed(open_)} {verb} not measured and so left open.")


def _finished(draft: Draft, words: str, title: str) -> Wish:
    draft.fields.setdefault("title", title[:120])
    return finish(draft, words)


def _title(record: TrackRecord) -> str:
    return " ".join(record.title.split())[:80]


def _items(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()
