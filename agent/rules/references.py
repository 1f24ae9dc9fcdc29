"""Which tracks a question is about: handles, ordinals, titles, "the other one", "both", "it"."""

import difflib
import re
from dataclasses import dataclass

from agent.open_tracks import OpenTrack
from agent.rules.asks import Situation
from agent.rules.lexicon import KINDS
from agent.rules.wording import NUMBERS, ORDINALS, SPELLABLE, plain

_NOUN = r"(?:one|track|song|tune|file|piece|recording|number|record|clip)"
_PARTS = re.compile(
    r"\b(?:sections|parts|verses|choruses|bridges|solos|chords|notes|bars|beats|hooks|refrains|breaks|loops)\b"
    r".*\b(?:is|does|was)(?: the)? ?$"
)
"""Before "the last one": it is one of what was just named ("how many choruses, and where is ...")."""
_SMALL = "|".join(w for w, n in NUMBERS.items() if n <= 20)
_ORD = "|".join(ORDINALS)
MAKER = "Musicologue"
"""The artist of what was made here: its title is of the words that it was ordered in."""
_COMMON = frozenset(
    """the and this that what with from song track tune piece file music one two other which does
    have has your you are how when where who why not for its it is in of on to a an me my at be do
    or as by all both each tell about sounds like faster slower fast slow love night blues time
    long short big little good bad high low part end start first second third last next live mix
    remix version original demo take theme main intro outro untitled unknown audio wav mp3 flac
    ogg m4a master final bounce test loop sample chord chords key tempo beat beats mood style genre
    happy sad minor major sharp flat voice vocals sing singing play plays playing hear heard listen
    would could should can will more less than then there here again also just any some same
    different between after before change changes happen happens work works going well together
    feel feels sound give want know think please sure really much many keys tempos chord notes meter bars drums
    bass tracks songs genre genres moods instruments singer length minutes seconds""".split()
) | frozenset(SPELLABLE)


@dataclass(frozen=True)
class Reference:
    """The tracks a question names: `handles`, and the question with the words taken out.

    `kind` is ``"named"``, ``"other"``, ``"all"``, ``"none"`` (nothing was said) or ``"missing"``
    (a number that no track has; `missing` is what was said).
    """

    handles: tuple[str, ...]
    text: str
    kind: str
    missing: str = ""


_PLURAL = re.compile(
    r"\b(?:chords|notes|stems|vocals|drums|sections|parts|beats|bars|instruments|words|lyrics|changes)\b"
)


def find_reference(text: str, situation: Situation) -> Reference:
    """Return which tracks a plain question names."""
    tracks = situation.tracks
    text, titled = _titles(text, tracks)
    text, numbered, missing = _numbers(text, tracks)
    handles = tuple(dict.fromkeys([*titled, *numbered]))
    text, others = _other(text, situation, handles)
    handles = tuple(dict.fromkeys([*handles, *others]))
    if missing and not handles:
        return Reference((), text, "missing", missing)
    everyone = re.search(
        rf"\b(?:both|all (?:of (?:them|these|those)|(?:the )?(?:{_SMALL}|\d+)? ?{_NOUN}s)|each(?: of"
        rf"| one| {_NOUN})?|every {_NOUN}|either(?: of)?|the two(?: of them)?|(?:these|those) "
        rf"(?:two|three|four|\d|{_NOUN}s)|the (?:two|three|four|\d) {_NOUN}s|all three|all \d|the \d"
        r"|(?<=\bkeys are )they|(?<=\btempos are )they|(?<=\bgenres are )they|(?<=\bmeters are )they|(?<=\bmoods are )they|(?<=\bwhat are the )(?:tempos|tempi|keys|bpms|meters|time signatures|genres|moods|lengths)(?= ?[?.!]*$)"
        r"|(?:these|those|them)(?= ?(?:$|[?.!,]| are\b| have\b| in\b))|(?<=\bare )(?:these|those)\b|(?:any|which|neither) of (?:them|these|those)|them all|neither|respectively)\b",
        text,
    )
    if everyone and everyone.group() == "them" and _PLURAL.search(text[: everyone.start()]):
        everyone = None  # "the chords so that a beginner can play them"
    if everyone and len(tracks) > 1 and len(handles) < 2:
        return Reference(tuple(t.handle for t in tracks), text, "all")
    if handles:
        return Reference(handles, text, "other" if others and not titled else "named")
    return Reference((), text, "none")


def default_tracks(situation: Situation) -> tuple[str, ...]:
    """Return the track meant when none is named: the last talked about, the current, the only."""
    if situation.focus:
        return situation.focus
    current = tuple(t.handle for t in situation.tracks if t.current)
    if current:
        return current[:1]
    return tuple(t.handle for t in situation.tracks) if len(situation.tracks) <= 3 else ()


def _numbers(text: str, tracks: tuple[OpenTrack, ...]) -> tuple[str, list[str], str]:
    """Find "#2", "track two", "the second one"."""
    known = {t.handle for t in tracks}
    found: list[tuple[int, str]] = []
    missing = ""
    forms: tuple[str, ...] = (
        r"#\s?(?P<n>\d{1,3})\b",
        rf"\b(?:track|song|file|tune|piece|number|no\.?|nr\.?) #?(?P<n>\d{{1,3}}|{_SMALL})\b(?! ?[:.]\d| (?:seconds?|minutes?|bpm|chord))",
        rf"\b(?:the )?(?P<n>{_ORD}) {_NOUN}\b(?!s)",
        r"\bthe (?P<n>first|second|third|fourth)\b(?! (?:chords?|beats?|down|min|sec|half|bars?|time|part|note|section|verse|chorus|thirds?|quarter|few|couple|two|three|four|five|six|eight|ten|twenty|thirty|\d|key|thing|word|line|measure|choice|guess|change|degree|scale|voice|instrument|phrase|loop|idea|question|of|inversion))",
    )
    if len(tracks) < 2:
        forms = forms[:3]  # "the second" alone is of something else when one track is open
    for form in forms:
        for match in re.finditer(form, text):
            if _of_parts(match):
                continue
            count = ORDINALS.get(match["n"]) or NUMBERS.get(match["n"]) or int(match["n"])
            handle = f"#{count}"
            if handle in known:
                found.append((match.start(), handle))
            else:
                missing = match.group().strip()
        text = re.sub(form, lambda m: m[0] if _of_parts(m) else "·" * len(m[0]), text)
    last = re.search(
        rf"\bthe last {_NOUN}\b|\bthe latter\b|\bthe former\b|\bthe latest {_NOUN}\b", text
    )
    if last and tracks and not _of_parts(last):
        found.append((last.start(), tracks[0 if "former" in last.group() else -1].handle))
        text = text.replace(last.group(), "·", 1)
    handles = [handle for _, handle in sorted(found)]
    return re.sub(r"\s*·+\s*", " it ", text).strip() if found or missing else text, handles, missing


def _of_parts(match: re.Match[str]) -> bool:
    """Tell whether "the last one" is one of the parts that were just named, and no track."""
    before = match.string[: match.start()]
    return match[0].endswith(" one") and _PARTS.search(before) is not None


def _other(text: str, situation: Situation, named: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Find "the other one": the track that is not the one talked about."""
    match = re.search(
        rf"\bthe others?(?: (?:{_NOUN}s?|two|three))?\b|\bthe previous {_NOUN}\b", text
    )
    if not match or len(situation.tracks) < 2:
        return text, ()
    here = default_tracks(situation)
    if len(here) == len(situation.tracks):
        here = here[:1]
    rest = tuple(t.handle for t in situation.tracks if t.handle not in (*here, *named))
    several = bool(re.search(r"others|two|three", match.group()))
    leans = re.search(
        r"\b(?:it|this|that)\b.*\b(?:than|as|with|and|to|or|like|from)\b", text[: match.start()]
    )
    handles = rest if several else rest[:1]
    if leans and not named:
        handles = (*here[:1], *handles)
    return text.replace(match.group(), "it", 1), handles


def _titles(text: str, tracks: tuple[OpenTrack, ...]) -> tuple[str, list[str]]:
    """Find titles, artists and file names; whole ones first, then a telling word of one."""
    found: list[tuple[int, str]] = []
    for name, handle in sorted(_names(tracks), key=lambda pair: -len(pair[0])):
        match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        if match and (len(name) > 3 or f'"{name}"' in text):
            found.append((match.start(), handle))
            blank = " it ".center(len(match.group()), " ")
            text = text[: match.start()] + blank + text[match.end() :]
    known = {handle for _, handle in found}
    for word, handle in _telling_words(tracks).items():
        if handle in known:
            continue
        for match in re.finditer(r"[\w']{4,}", text):
            if _alike(match.group(), word):
                found.append((match.start(), handle))
                text = text[: match.start()] + " it " + text[match.end() :]
                break
    order = list(dict.fromkeys(handle for _, handle in sorted(found)))
    return re.sub(r"\s+", " ", text).strip(), order


def _names(tracks: tuple[OpenTrack, ...]) -> list[tuple[str, str]]:
    """Return whole names (title, file, artist of one track only) that are no common word."""
    artists = [plain(t.artist) for t in tracks if t.artist]
    names: list[tuple[str, str]] = []
    for track in tracks:
        file = plain(track.file.replace("\\", "/").rsplit("/", 1)[-1])
        stem = re.sub(r"\.\w{2,4}$", "", file)
        title = plain(track.title)
        bare = re.sub(r"\s*[(\[].*?[)\]]\s*", " ", title).strip()
        names += [(n, track.handle) for n in (title, bare, file, stem, re.sub(r"[_-]+", " ", stem))]
        if track.artist and artists.count(plain(track.artist)) == 1:
            names.append((plain(track.artist), track.handle))
    return [(n, h) for n, h in names if len(n) > 2 and not _is_common(n)]


def _is_common(name: str) -> bool:
    """Tell a title such as "Tempo" or "Piano", which would swallow the question itself."""
    words = name.split()
    musical = any(p.fullmatch(name) for table in KINDS.values() for p in table.values())
    return (
        musical
        or (len(words) == 1 and name in _COMMON)
        or name.isdigit()
        or (len(words) < 4 and all(w in _COMMON for w in words))
    )


def _telling_words(tracks: tuple[OpenTrack, ...]) -> dict[str, str]:
    """Return words that stand in the name of one track only; one made here bears words of an order."""
    owners: dict[str, set[str]] = {}
    for track in tracks:
        if track.artist == MAKER:
            continue
        file = re.sub(r"\.\w{2,4}$", "", track.file.replace("\\", "/").rsplit("/", 1)[-1])
        words = re.findall(r"[^\W\d_]{4,}", plain(f"{track.title} {track.artist} {file}"))
        for word in words:
            if word not in _COMMON and not _is_common(word):
                owners.setdefault(word, set()).add(track.handle)
    return {w: next(iter(h)) for w, h in owners.items() if len(h) == 1}


def _alike(said: str, word: str) -> bool:
    said = said.removesuffix("'s")
    if said == word:
        return True
    if said in _COMMON or min(len(said), len(word)) < 5 or said[0] != word[0]:
        return False
    return difflib.SequenceMatcher(None, said, word).ratio() >= 0.88
