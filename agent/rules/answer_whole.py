"""Answers about a moment, about a whole track, and about what the file itself says."""

from agent.rules import say
from agent.rules.answer_key import rival
from agent.rules.answer_tags import AT_ONCE, NOUNS, listed
from agent.rules.answer_tempo import alternative, counted, drift_of
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.chord_words import loop_told, names, told_row
from agent.rules.lexicon import matches
from agent.rules.say import Data
from tools import theory

LOUD = 3.0
"""Decibels against the mean of the track from which a place is called loud or quiet."""


def moment(ask: Ask, finding: Finding) -> str:
    """Return what happens at a place."""
    data, duration = finding.data, finding.track.get("duration")
    start, end = _span(finding)
    if ask.aspect == "level":
        words = ask.span.words if ask.span is not None and ask.span.end is not None else ""
        where = say.place(start, end, duration, words) if words else f"at {say.clock(start)}"
        return say.sentence(_level_there(finding, where))
    if ask.aspect in NOUNS:
        return say.sentence(_sound_there(ask, finding))
    whole = ask.span is not None and ask.span.end is not None
    words = ask.span.words if ask.span else ""
    where = say.place(start, end if whole else None, duration, words)
    key = data.get("key")
    chords = names([c["label"] for c in data.get("chords") or ()], key)
    if not whole and data.get("bar"):
        beat = f", beat {data['beat']}" if data.get("beat") else ""
        where += f" (bar {data['bar']}{beat}{_section(data)})"
    told = f"{where} {_chords_there(chords, whole)}"
    told += f", in {key}" if key and chords else ""
    told += f", at about {say.bpm(data['bpm'])}" if data.get("bpm") else ""
    parts = [told, _sounds(data), _level(data)]
    return " ".join(say.sentence(p) for p in parts if p)


def _section(data: Data) -> str:
    """Return which section a place is in, where that is clear."""
    row = data.get("section") or {}
    known = row.get("label") not in (None, "section") and (row.get("confidence") or 0) >= 0.5
    return f", in the {row['label']}" if known else ""


def _span(finding: Finding) -> tuple[float, float]:
    """Return the place that was looked at, in seconds."""
    start = float(finding.args.get("start") or 0.0)
    span = finding.data.get("span") or (start, finding.args.get("end") or start + 1.0)
    return float(span[0]), float(span[1])


def _sound_there(ask: Ask, finding: Finding) -> str:
    """Return which sounds of one kind are heard at a place, or whether one is."""
    start, end = _span(finding)
    whole = ask.span is not None and ask.span.end is not None
    words = ask.span.words if ask.span else ""
    where = say.place(start, end if whole else None, finding.track.get("duration"), words)
    heard = [str(t["label"]) for t in finding.data.get("tags") or () if t["kind"] == ask.aspect]
    if ask.aspect == "voice":
        sung = any(label != "instrumental" for label in heard)
        yes = sung != (ask.value == "instrumental")
        start_word = ("yes, " if yes else "no, ") if ask.polar else ""
        return f"{start_word}{where} {'there is a voice' if sung else 'no voice stands out'}"
    if ask.value:
        hits = [h for w in ask.value.split(", ") for h in heard if matches(w, h, ask.aspect)]
        if hits:
            return f"yes, {where} I hear {say.join(hits)}"
        return f"no {ask.value} stands out {where}" + (
            f"; I hear {say.join(heard)}" if heard else ""
        )
    if not heard:
        return f"{where} no {NOUNS[ask.aspect].removesuffix('s')} stands out"
    return (
        f"{where} it comes across as {say.join(heard)}"
        if ask.aspect != "instruments"
        else f"{where} I hear {say.join(heard)}"
    )


def _sounds(data: Data) -> str:
    """Return what sounds at a place: instruments first, then the voice."""
    rows = [(str(t["kind"]), str(t["label"])) for t in data.get("tags") or ()]
    heard = [label for kind, label in rows if kind == "instruments"]
    voices = [label for kind, label in rows if kind.startswith("voice") and label != "instrumental"]
    named = [v for v in voices if v != "vocal"] or ["voice"] * bool(voices)
    heard += [say.article(v) for v in named[:1]]
    return f"I hear {say.join(heard)}" if heard else ""


def _level_there(finding: Finding, where: str) -> str:
    level = finding.data.get("level")
    if level is None:
        return f"I can't tell how loud it is {where}"
    if abs(level) < 1:
        return f"{where} it is about as loud as the track is on average"
    way = "above" if level > 0 else "below"
    return f"{where} it is {abs(level):.0f} dB {way} the track's average"


def _level(data: Data) -> str:
    level = data.get("level")
    if level is None or abs(level) < LOUD:
        return ""
    word = "louder" if level > 0 else "quieter"
    return f"it's one of the {word} places, {abs(level):.0f} dB {'above' if level > 0 else 'below'} the track's average"


def _chords_there(chords: list[str], whole: bool) -> str:
    if not chords:
        return "I find no chord"
    if not whole:
        return f"the chord is {chords[0]}" + (
            f", about to turn to {chords[1]}" if len(chords) > 1 else ""
        )
    return told_row(chords)


def chord_there(finding: Finding, start: float) -> str:
    """Return the chord at one place, from what the moment holds."""
    rows = finding.data.get("chords") or ()
    key = finding.data.get("key")
    inside = [c for c in rows if c["start"] <= start < c["end"]] or list(rows[:1])
    if not inside or inside[0]["label"] in ("N", "X"):
        return f"At {say.clock(start)} I find no chord."
    label = inside[0]["label"]
    numeral = inside[0].get("roman")
    told = f"At {say.clock(start)} it's {say.chord(label, key)}"
    if numeral and key:
        told += f", the {numeral} in {key}"
    return say.sentence(told)


def notes_there(finding: Finding, start: float) -> str:
    """Return the chord at one place and, from theory, its notes."""
    told = chord_there(finding, start)
    rows = finding.data.get("chords") or ()
    label = next((c["label"] for c in rows if c["start"] <= start < c["end"]), "N")
    if label in ("N", "X"):
        return told
    key = say.key_of(finding.data.get("key"))
    chord = theory.parse_chord(label)
    root = theory.pitch_class(chord.root)
    order = sorted(chord.pitch_classes, key=lambda pc: (pc - root) % 12)
    notes = [theory.spell(pc, *(key or (chord.root, "major"))) for pc in order]
    return f"{told} Its notes are {say.join(notes)} (theory, not measured)."


def describe(finding: Finding, seed: str, subject: str = "It") -> str:
    """Return a paragraph on a whole track."""
    data = finding.data
    if caption := (data.get("caption") or {}).get("text"):
        return _titled(finding.track, subject) + str(caption)
    lines = [
        _character(data, finding.track, seed, subject),
        _pulse(data, seed),
        _harmony(data),
        _voice(data, finding),
    ]
    told = " ".join(say.sentence(line) for line in lines if line)
    if told:
        problems = [p.get("reason", "") for p in data.get("problems") or ()]
        return told + "".join(" " + say.sentence(p) for p in problems[:2] if p)
    return str(data.get("words") or "I couldn't make out anything in it.")


def _titled(track: Data, subject: str) -> str:
    """Return title and length, to stand before a description."""
    label = say.safe_label(track.get("title"))
    length = say.clock(track["duration"]) if track.get("duration") else ""
    if subject != "It" or not label:
        return f"{subject}: " if subject != "It" else ""
    return f"{say.quoted(label)}" + (f", {length} long: " if length else ": ")


def _character(data: Data, track: Data, seed: str, subject: str) -> str:
    tags = data.get("tags") or {}
    genres, moods, instruments = (
        listed(tags, k, n) for k, n in (("genres", 2), ("moods", 2), ("instruments", 4))
    )
    length = f", {say.clock(track['duration'])} long" if track.get("duration") else ""
    label = say.safe_label(track.get("title"))
    name = subject if subject != "It" else say.quoted(label) if label else "This"
    if genres:
        told = (
            f"{name} sounds like {say.join(genres[:1])}"
            + (f" with a touch of {genres[1]}" if len(genres) > 1 else "")
            + length
        )
    elif length:
        told = f"{name} is {say.clock(track['duration'])} long"
    else:
        return ""
    if moods:
        told += f"; the mood is {say.join(moods)}"
    if instruments:
        told += f". {say.pick(seed, ('Up front I hear', 'What comes through is', 'It is carried by'))} {say.join(instruments)}"
    return told


def _pulse(data: Data, seed: str) -> str:
    tempo, beats = data.get("tempo"), data.get("beats") or {}
    meter = beats.get("meter")
    if not tempo:
        return (
            f"I couldn't settle on a tempo, though the meter seems to be {meter}" if meter else ""
        )
    told = f"it {say.pick(seed, ('moves', 'runs', 'ticks along'))} at {say.bpm(tempo['bpm'])}" + (
        f" in {meter}" if meter else ""
    )
    drift, other = drift_of(tempo), alternative(tempo, 0.4)
    if drift:
        told += f", {drift}"
    return told + (f" (you might also count it at {counted(other)})" if other else "")


def _harmony(data: Data) -> str:
    key, chords = data.get("key"), data.get("chords")
    told = ""
    if key:
        maybe = "most likely " if say.doubtful(key.get("confidence")) else ""
        told = f"the key is {maybe}{say.key_name(key)}"
        other = rival(key)
        if other:
            told += f", or else {say.key_name(other)}"
    if not isinstance(chords, dict):
        return told
    found = Finding("chords", {}, chords)
    loop, name = chords.get("loop"), chords.get("key")
    if loop and loop.get("labels"):
        roman = [r for r in loop.get("roman") or () if r]
        row = f"the harmony goes round {loop_told(found)}" + (
            f" ({say.dashes(roman)})" if roman else ""
        )
    else:
        used = [
            say.chord(m["label"], name)
            for m in chords.get("most_used") or ()
            if m["label"] not in ("N", "X")
        ]
        row = f"the chords it leans on are {say.join(used[:4])}" if used else ""
    return f"{told}; {row}" if told and row else told or row


def _voice(data: Data, finding: Finding) -> str:
    voice = (data.get("tags") or {}).get("voice")
    if not voice:
        return ""
    if voice["label"] != "vocal":
        return "there is no voice that I can make out"
    spans = sorted(
        s[0]
        for e in data.get("entries") or ()
        if e["kind"] == "voice" and e["label"] != "instrumental"
        for s in e["spans"]
    )
    if spans and spans[0] < AT_ONCE:
        return "someone sings from the start"
    return f"a voice comes in at {say.clock(spans[0])}" if spans else "someone sings"


def duration(ask: Ask, situation: Situation, finding: Finding | None) -> str:
    """Return how long tracks are."""
    told = []
    for handle in ask.tracks:
        track = situation.track(handle)
        length = (
            finding.track.get("duration") if finding and finding.handle == handle else None
        ) or (track.duration if track else None)
        if length:
            name = (
                say.track_label({"title": track.title, "handle": handle})
                if track and len(ask.tracks) > 1
                else "it"
            )
            if ask.aspect == "is":
                more, limit = ask.value[0] == ">", float(ask.value[1:])
                told.append(
                    f"{'Yes' if (length > limit) == more else 'No'}, {name} lasts {say.clock(length)}"
                )
                continue
            told.append(f"{name} {say.pick(handle, ('lasts', 'runs'))} {say.clock(length)}")
    return say.sentence(say.join(told)) or "I don't know how long it is."


def title(ask: Ask, situation: Situation, finding: Finding | None) -> str:
    """Return what the file's tags say of title and artist, as a quotation."""
    told = []
    for handle in ask.tracks:
        track = situation.track(handle)
        if track is None:
            continue
        tagged = _tagged(finding) if finding and finding.handle == handle else {}
        name = tagged.get("title") or (
            track.title if track.title and not _is_stem(track.title, track.file) else ""
        )
        artist = tagged.get("artist") or track.artist
        told.append(_named(ask, handle if len(ask.tracks) > 1 else "", name, artist, track.file))
    return " ".join(told) or "No track is open."


def _tagged(finding: Finding) -> dict[str, str]:
    return {
        str(c.get("claim")): str(c.get("value"))
        for c in finding.evidence
        if "tags" in str(c.get("estimator"))
    }


def _is_stem(name: str, file: str) -> bool:
    return file.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0] == name


def _named(ask: Ask, handle: str, name: str, artist: str, file: str) -> str:
    start = f"{handle}: " if handle else ""
    short = file.replace("\\", "/").rsplit("/", 1)[-1]
    if ask.aspect == "artist":
        if artist and ask.value == "singer":
            return f"{start}I can't hear who it is; the file's tags only name the artist, {say.quoted(artist)}."
        if artist:
            return f"{start}By the file's tags the artist is {say.quoted(artist)}; that is read, not heard."
        return f"{start}I can't hear who it is, and the file's tags name no artist."
    if name:
        by = f" by {say.quoted(artist)}" if artist else ""
        return (
            f"{start}I don't recognise recordings, but the file's tags say {say.quoted(name)}{by}."
        )
    return f"{start}I can't hear what it is called, and its tags give no title; the file is named {say.quoted(short)}."
