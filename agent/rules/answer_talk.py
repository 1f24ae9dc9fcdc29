"""Answers that need no tool: limits, theory, small talk, which tracks are open."""

import re

from agent.rules import answer_program, answer_theory, at_large, say
from agent.rules.answer_key import DERIVED, THEORY
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.glossary import explained, names_term
from tools import theory

CAN = "tempo, meter, key, chords, form, melody, instruments, mood and voice"
ALL = "tempo, meter, key, chords, form, genre, instruments, mood, whether someone sings, and what happens at a given time"
_DECLINED = {
    "producer": "who produced it", "mixer": "who mixed or mastered it", "writer": "who wrote it", "player": "who plays on it",
    "label": "which label it came out on", "album": "which album it is from", "year": "when it was made or released", "place": "where it was recorded",
    "sales": "how well it sold or how well known it is", "lyrics meaning": "what the words are or mean", "opinion": "how good it is",
    "file": "how the file was encoded", "tuning": "how it is tuned", "gear": "which gear or effects were used", "technique": "how it is played", "level of skill": "how hard it is to play", "origin": "how the recording came about or who may use it",
    "fame": "anything about the people behind it", "machine": "whether people or a machine made it", "resemblance": "which artist it is like", "head count": "how many people play on it",
    "language": "which language it is sung in", "noise": "hiss, crackle or other noise",
}  # fmt: skip
_UNHEARD = frozenset(
    ("lyrics meaning", "machine", "resemblance", "head count", "language", "noise")
)
_UNSUPPORTED = {
    "upload": "upload or send files anywhere", "close": "close a track again", "sing": "sing", "words": "write words for a song", "files": "delete, move or rename your files", "tabs": "write guitar tabs", "build": "spot build-ups and drops", "generation": "play a recording or change its sound", "convert": "turn a recording into another kind of sound file", "save": "tell what to save", "edit": "cut or change a recording", "analysis": "follow single voices or figures",
    "loudness": "answer about the loudness of a whole track",
    "spectrum": "measure frequencies or the stereo image", "note": "keep notes for you", "playlist": "put playlists together", "swing": "measure swing or syncopation",
}  # fmt: skip
_INSTEAD = {
    "close": "take up another one: name it, or say its number such as #2",
    "upload": "save stems, notes, chords and sheets as files on this computer, which you can share yourself",
    "words": "tell you when someone sings, how long each section is and how the melody goes, for words of your own",
    "sing": "make a short piece of music without words", "files": "tell you which track is which, and `musicologue library remove` makes the library forget one; its file stays",
    "build": "tell you the sections, and how loud any moment is", "tabs": "write the notes down as MIDI or sheet music, and give you the chords", "generation": "make a new piece like it, or tell you its chords, tempo and key",
    "convert": "take it apart into stems, and save notes as MIDI or sheet music, chords as ChordPro, and everything as CSV or JSON", "analysis": "give you the chords, bar by bar, with their degrees", "edit": "tell you the tempo, the beats and what happens at any time you name", "loudness": "say whether a given moment is loud or quiet against the rest, and the report of a track (listen) tells its LUFS",
    "spectrum": "tell you its key, chords and instruments", "note": "look up tracks heard before", "playlist": "compare two tracks and say whether they mix", "swing": "tell you the tempo and the meter",
}  # fmt: skip
_NEAREST = {
    "player": "which instruments I hear, and where", "gear": "which instruments I hear", "technique": "the notes and the chords", "level of skill": "which chords it has and how fast it goes",
    "lyrics meaning": "when someone sings, and the mood", "language": "when someone sings, and whether a man or a woman", "year": "the genre it sounds like", "sales": "the genre and the mood",
    "opinion": "how it is made: key, chords, form, mood", "tuning": "the key", "machine": "which instruments and voices I hear", "resemblance": "its genre, and which of your own tracks are most like it",
    "head count": "which instruments I hear and whether someone sings", "noise": "how loud it is and whether it clips", "mixer": "how loud it is mastered", "origin": "which of your own tracks are like it",
    "fame": "whether a man or a woman sings, as it sounds", "file": "how long and how loud it is",
}  # fmt: skip
"""What can be told that is closest to what can't, once all that can be told was said."""
_ORDINARY = {"m": "min", "min": "min", "-": "min", "": "maj", "maj": "maj", "M": "maj", "dim": "dim", "aug": "aug", "+": "aug", "maj7": "maj7", "M7": "maj7", "m7": "min7", "min7": "min7", "m7b5": "hdim7", "dim7": "dim7", "sus": "sus4", "mmaj7": "minmaj7", "6": "maj6", "m6": "min6", "m9": "min9", "add9": "maj(9)", "5": "5"}  # fmt: skip


def decline(
    asks: tuple[Ask, ...], situation: Situation, findings: tuple[Finding, ...], alone: bool = True
) -> str:
    """Return an honest "I can't hear that", with what can be told instead where nothing else is."""
    ask = asks[0]
    if ask.aspect == "off topic":
        about = CAN if not situation.offered else "a recording"
        return f"I can't help with that: I only know about the music you open here. Ask me about {about}."
    if ask.aspect == "at large":
        return "That is about music at large, and I can't measure it in a recording: I know some terms of theory and kinds of music, but not that."
    if ask.aspect == "elsewhere":
        return f"I can't tell: {say.quoted(ask.value, 60)} isn't open here, and I only know what I have listened to. Open it and ask again."
    what = say.join(dict.fromkeys(_DECLINED.get(a.aspect, "that") for a in asks), "or")
    tagged = " ".join(dict.fromkeys(t for a in asks if (t := _tags(a, situation, findings))))
    tagged = f" {tagged.strip()}" if tagged else ""
    more = say.pick(
        ask.aspect + ask.value,
        (
            f"What I can tell you: {CAN}.",
            f"I can tell you about {CAN}.",
            f"Ask me about {CAN} instead.",
        ),
    )
    if situation.offered:  # all that can be told is said once in a conversation
        near = _NEAREST.get(ask.aspect, "")
        more = f"I can tell you {near}." if near else ""
    verb = {"opinion": "judge"}.get(ask.aspect, "tell" if ask.aspect in _UNHEARD else "hear")
    verb = verb if len(asks) == 1 else "tell"
    return f"I can't {verb} {what}.{tagged}" + (f" {more}" if alone and more else "")


def _tags(ask: Ask, situation: Situation, findings: tuple[Finding, ...]) -> str:
    """Return what the file's tags say about it, as a quotation."""
    wanted = {
        "album": ("album",),
        "year": ("year",),
        "producer": ("artist",),
        "writer": ("artist",),
        "player": ("artist",),
    }
    for name in wanted.get(ask.aspect, ()):
        for finding in findings:
            for claim in finding.evidence:
                if (
                    claim.get("claim") == name
                    and finding.handle in ask.tracks
                    and "tags" in str(claim.get("estimator"))
                ):
                    return f" The file's tags give the {name} as {say.quoted(str(claim['value']), 60)}, which I can't check."
    track = situation.track(ask.tracks[0]) if ask.tracks else None
    if "artist" in wanted.get(ask.aspect, ()) and track and track.artist:
        return f" The file's tags only name the artist, {say.quoted(track.artist, 60)}."
    return ""


def unsupported(asks: tuple[Ask, ...], alone: bool = True) -> str:
    """Return that this is not done here, with what can be told instead."""
    kinds = list(dict.fromkeys(a.aspect for a in asks))
    told = (
        f"I can't do that yet: I'm not able to {say.join((_UNSUPPORTED[k] for k in kinds), 'or')}."
    )
    return f"{told} I can {say.join(_INSTEAD[k] for k in kinds)}." if alone else told


def no_tool(ask: Ask, tools: tuple[str, ...]) -> str:
    """Return that the tool for an ask is not at hand."""
    return f"I can't do that here: nothing measures it (the {say.join(tools)} tool is missing)."


def talk(ask: Ask, situation: Situation) -> str:
    """Return a short friendly answer to small talk."""
    opened = bool(situation.tracks)
    ask_me = (
        "Ask me about tempo, key, chords or sound."
        if opened
        else "Open a recording – say “open” and its path or name – and ask me about it."
    )
    answers = {
        "hello": f"Hello! {ask_me}", "thanks": "You're welcome.", "bye": "Goodbye, and good listening.",
        "ok": "Good. What else would you like to know?" if situation.asks else f"Good. {ask_me}",
        "help": f"I listen to recordings and talk about them: {ALL}. I compare tracks, remember what I heard, and say how sure I am. I also take a recording apart into stems, write down notes as MIDI or sheet music, and save files. Try “what key is it in?”, “what happens at 1:23?” or “which one is faster?”.",
        "who": f"I'm Musicologue. Tools measure your recordings and I tell you what they found: {ALL}.",
        "open": "Say “open” and the path of a file, or the title of a track that is in your library: open ~/Music/song.mp3. Several can be open at once.",
        "language": "I answer in English. Questions I also understand in German, French, Spanish and Korean, the plain ones best.",
        "sure": f"There's nothing to be sure of yet: I haven't told you anything. {ask_me}",
        "how": f"Everything I say comes from tools that measure the audio; each figure carries the name of its estimator. {ask_me}",
        "again": f"I haven't said anything yet. {ask_me}", "explain": f"I haven't told you anything yet. {ask_me}",
    }  # fmt: skip
    if ask.aspect == "wrong":
        return answer_program.wrong(ask, situation)
    answers |= answer_program.ABOUT
    return answers.get(ask.aspect, ask_me).replace("“", '"').replace("”", '"')


def no_track(ask: Ask) -> str:
    """Return how to open a track."""
    return 'No track is open yet. Say "open" and the path or name of a recording, for example: open song.mp3.'


def unclear(situation: Situation, ask: Ask | None = None) -> str:
    """Return that the question was not understood, with what can be asked."""
    if not situation.tracks:
        return no_track(Ask("unclear"))
    if ask is not None and ask.aspect == "lost":
        return "I didn't understand that. Could you say it in other words?"
    if situation.offered:
        return "I'm not sure what you'd like to know. Could you say it in other words?"
    return f"I'm not sure what you'd like to know. Ask me about {CAN}."


def tracks(ask: Ask, situation: Situation) -> str:
    """Return which tracks are open, or which one is now talked about."""
    if not situation.tracks:
        return no_track(ask)
    names = [say.track_label({"title": t.title, "handle": t.handle}) for t in situation.tracks]
    if ask.aspect == "missing":
        return f"There is no {ask.value.removeprefix('the ')}: {'only ' if len(names) == 1 else ''}{say.join(names)} {'is' if len(names) == 1 else 'are'} open."
    if ask.aspect == "switch":
        chosen = [
            say.track_label({"title": t.title, "handle": t.handle})
            for t in situation.tracks
            if t.handle in ask.tracks
        ]
        return f"All right, {say.join(chosen)}. What would you like to know?"
    rows = [f"{n}, {say.clock(t.duration)}" for n, t in zip(names, situation.tracks, strict=True)]
    return f"{len(rows)} track{'s are' if len(rows) != 1 else ' is'} open: {'; '.join(rows)}."


def ask_which(ask: Ask, situation: Situation) -> str:
    """Return the question which of many tracks is meant."""
    names = [say.track_label({"title": t.title, "handle": t.handle}) for t in situation.tracks[:6]]
    return f"Which track do you mean: {say.join(names, 'or')}?"


def theory_answer(ask: Ask) -> str:
    """Return an answer from theory alone, marked as such."""
    if ask.aspect in ("define", "explain"):
        return _define(ask.value)
    if ask.aspect == "kind":
        return at_large.answer(ask.value)
    if ask.aspect == "chord notes":
        return _chord_notes(ask.value)
    if ask.aspect == "chord kind":
        return _chord_kind(*ask.value.split(" ", 1))
    if ask.aspect in ("sure", "how"):
        return "That was music theory, which holds for any recording: I didn't measure it, so there is no doubt to give."
    if ask.aspect in answer_theory.ANSWERS:
        return answer_theory.answer(ask)
    name, _, steps = ask.value.rpartition(" ") if ask.aspect == "moved" else (ask.value, "", "")
    home = say.key_of(name)
    if not home:
        return "I can't tell which key you mean."
    if theory.signature(*home) not in range(-7, 8):
        home = (theory.tonic_name(theory.pitch_class(home[0]), home[1]), home[1])
    if ask.aspect == "moved":
        return _moved(home, int(steps))
    if ask.aspect == "diatonic":
        chords = [theory.chord_name(c) for c in theory.diatonic_chords(*home)]
        return f"The chords of {ask.value} are {say.join(chords)}{THEORY}."
    if ask.aspect in ("relative", "parallel"):
        other = (theory.relative if ask.aspect == "relative" else theory.parallel)(*home)
        return f"The {ask.aspect} {other[1]} of {ask.value} is {other[0]} {other[1]}{THEORY}."
    if ask.aspect == "notes":
        return f"The {ask.value} scale has {say.join(theory.scale(*home))}{THEORY}."
    return (
        say.sentence(DERIVED[ask.aspect](home, f"take {ask.value}")).replace("Take ", "", 1)
        if ask.aspect in DERIVED
        else _define("key")
    )


def _moved(home: tuple[str, str], steps: int) -> str:
    tonic = theory.tonic_name((theory.pitch_class(home[0]) + steps) % 12, home[1])
    if theory.signature(*home) < 0 and tonic == "F#":
        tonic = "Gb"  # as many flats as sharps: a key of flats keeps to flats
    count = f"{abs(steps)} semitone{'s' if abs(steps) != 1 else ''}"
    way = "up" if steps > 0 else "down"
    return f"From {home[0]} {home[1]}, {count} {way} is {tonic} {home[1]}{THEORY}."


def _define(term: str) -> str:
    told = explained(term)
    parts = [p for p in re.split(r",? (?:and|or|versus|vs\.?) (?:an? |the )?", term) if p]
    both = list(dict.fromkeys(map(explained, parts)))
    if len(both) == 2 and all(both) and not names_term(term):
        return " ".join(f"{one}{THEORY}." for one in both)
    if told:
        return f"{told}{THEORY}."
    return f"I can't tell you what that means, but I can tell you about {CAN}."


def _chord_kind(name: str, asked: str) -> str:
    """Return whether a chord is of the kind that was asked for, or of which of two it is."""
    label = label_of(name)
    if not label:
        return f"I can't tell what kind of chord {name} is."
    chord = theory.parse_chord(label)
    kind = {3: "minor", 4: "major"}.get(chord.third or 0, "neither major nor minor")
    if len(chord.pitch_classes) > 3:
        kind += " with a seventh or more on top"
    wanted = asked.split(" or ")
    start = ""
    if len(wanted) == 1:
        fits = kind.startswith(asked) or (asked == "seventh" and "seventh" in kind)
        start = "Yes, " if fits else "No, "
    return f"{start}{name} is {kind}: {say.join(_notes_of(label))}{THEORY}."


def label_of(name: str) -> str:
    """Return the Harte label of a chord as people write it, "" where it is none."""
    found = re.fullmatch(r"([A-G][#b]?)([^/]*)(?:/([A-G][#b]?))?", name)
    label = f"{found[1]}:{_ORDINARY.get(found[2], found[2])}" if found else ""
    try:
        theory.parse_chord(label)
    except ValueError:
        return ""
    return label


def _chord_notes(name: str) -> str:
    label = label_of(name)
    if not label:
        return f"I can't tell which notes {name} has."
    return f"{name} has the notes {say.join(_notes_of(label))}{THEORY}."


def _notes_of(label: str) -> list[str]:
    chord = theory.parse_chord(label)
    root = theory.pitch_class(chord.root)
    mode = "minor" if chord.third == 3 else "major"
    order = sorted(chord.pitch_classes, key=lambda pc: (pc - root) % 12)
    return [theory.spell(pc, chord.root, mode) for pc in order]
