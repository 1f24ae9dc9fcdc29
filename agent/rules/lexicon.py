"""Words of music in a question: instruments, genres, moods, keys, chords, meters, tempi."""

import re

INSTRUMENTS = {
    "guitar": "guitars? guitarist acoustic-guitar electric-guitar strumming riffs?",
    "bass": "bass bass-guitar bassline bass-line double-bass",
    "drums": "drums? drummer drum-kit drumkit percussions? percussive kick snare hi-hats? cymbals?",
    "piano": "pianos? pianist keys-player grand-piano upright-piano",
    "keyboard": "keyboards? rhodes",
    "organ": "organs? hammond",
    "synthesizer": "synths? synthesi[sz]ers? synth-pads? pads",
    "strings": "strings string-section orchestra orchestral",
    "violin": "violins? fiddles? violinist",
    "viola": "violas?",
    "cello": "cellos? celli",
    "harp": "harps?",
    "harpsichord": "harpsichords? cembalo",
    "flute": "flutes? flutist",
    "clarinet": "clarinets?",
    "saxophone": "sax saxes saxophones? saxophonist",
    "trumpet": "trumpets? trumpeter",
    "trombone": "trombones?",
    "brass": "brass horns? horn-section",
    "sitar": "sitars?",
    "banjo": "banjos?",
    "ukulele": "ukuleles? uke ukes",
    "mandolin": "mandolins?",
    "accordion": "accordions?",
    "harmonica": "harmonicas? mouth-organ",
    "choir": "choirs? choral chorus-singers choral-voices",
    "beats": "drum-machines? beats-machine 808s? electronic-drums",
    "lute": "lutes?", "oboe": "oboes?", "bassoon": "bassoons?", "tuba": "tubas?",
    "marimba": "marimbas? xylophones? vibraphones? vibes-player", "bells": "bells? glockenspiel",
    "theremin": "theremins?", "bagpipes": "bagpipes?", "timpani": "timpani",
    "backing vocals": "backing-vocals? harmony-vocals",
    "claps": "claps clapping hand-claps", "turntables": "turntables? scratching",
}  # fmt: skip

GENRES = {
    "rock": "rock rocky rock-music", "pop": "pop poppy pop-music", "jazz": "jazz jazzy jazz-music",
    "blues": "blues bluesy", "classical": "classical classical-music baroque romantic-period",
    "electronic": "electronic electronica electro edm", "techno": "techno", "house": "house",
    "dance": "dance-music dance-track", "hip hop": r"hip[-\s]?hop rap trap",
    "metal": "metal heavy-metal", "punk": "punk punky", "folk": "folk folky folksy",
    "country": "country-music country", "reggae": "reggae ska dub", "disco": "disco",
    "soul": "soul soulful motown", "funk": "funk funky", "r&b": "rnb r-?n-?b r&b rhythm-and-blues",
    "ambient": "ambient", "indie": "indie", "alternative": "alternative-rock alt-rock grunge",
    "new age": "new-age", "opera": "opera operatic", "latin": "latin salsa bossa-nova samba",
    "world": "world-music", "indian": "indian-music indian", "trance": "trance",
    "drum and bass": "drum-and-bass dnb jungle", "gospel": "gospel",
    "experimental": "experimental avant-garde", "lo-fi": "lo-?fi",
    "soundtrack": "soundtrack film-music film-score",
}  # fmt: skip

MOODS = {
    "happy": "happy cheerful joyful uplifting joyous merry feel-good",
    "sad": "sad sorrowful gloomy melancholic melancholy depressing tearful mournful",
    "mellow": "mellow easy-listening", "relaxed": "relaxed relaxing chill chilled chilled-out chillout laid-back laidback easy-going",
    "calm": "calm calming peaceful soothing tranquil gentle restful soft quiet",
    "aggressive": "aggressive angry furious violent",
    "energetic": "energetic lively driving high-energy exciting intense powerful upbeat",
    "dark": "dark sinister eerie scary spooky moody ominous", "party": "party partying",
    "sexy": "sexy sensual", "catchy": "catchy", "beautiful": "beautiful", "romantic": "romantic",
    "dreamy": "dreamy ethereal floaty atmospheric", "loud": "loud noisy",
    "danceable": "danceable groovy", "nostalgic": "nostalgic wistful",
    "epic": "epic dramatic cinematic", "strange": "weird strange odd-sounding",
}  # fmt: skip

VOICE = (
    r"(?:vocals?|vocalists?|voices?|singing|singers?|sings?|sung|sang|someone singing|lead vocal)"
)
FEMALE = r"(?:female|woman|women|girl|girls|lady|she)"
MALE = r"(?:male|man|men|guy|guys|boy|boys|dude|bloke|he)"


def _compile(table: dict[str, str]) -> dict[str, re.Pattern[str]]:
    compiled = {}
    for label, words in table.items():
        options = "|".join(w.replace("-", "[- ]") if "?" not in w else w for w in words.split())
        compiled[label] = re.compile(rf"\b(?:{options})\b")
    return compiled


KINDS = {
    "instruments": _compile(INSTRUMENTS),
    "genres": _compile(GENRES),
    "moods": _compile(MOODS),
}


def find_labels(text: str, kind: str) -> tuple[str, ...]:
    """Return the labels of that kind that a plain question names, in order of place."""
    found = [(m.start(), label) for label, p in KINDS[kind].items() if (m := p.search(text))]
    return tuple(label for _, label in sorted(found))


def matches(label: str, heard: str, kind: str) -> bool:
    """Tell whether a label that was heard is what `label` asks for: "female vocals" is "voice"."""
    pattern = KINDS.get(kind, {}).get(label)
    heard = heard.lower()
    return label == heard or bool(pattern and pattern.search(heard))


_ACCIDENTAL = r"(?: ?(?:#|♯|b(?![a-z])|♭)|[ -]?sharp|[ -]?flat)?"
_MODE = r"(?:major|minor|maj|min(?!u)|m\b|dur|moll)"
_KEY = re.compile(rf"\b(?P<tonic>[a-g])(?P<acc>{_ACCIDENTAL}) ?-?(?P<mode>{_MODE})(?![a-z0-9])")
_TONIC = re.compile(
    rf"\b(?:in|in the key of|key of|to|into|is it|or) (?P<tonic>[a-g])(?P<acc>{_ACCIDENTAL})"
    r"(?= ?(?:$|[?.!,;]| or | and | as | now| for | instead| please| then| though))"
)
_CHURCH = re.compile(
    r"\b(?:dorian|phrygian|lydian|mixolydian|locrian|aeolian|ionian|blues scale|pentatonic)\b"
)


def find_keys(text: str) -> tuple[str, ...]:
    """Return the keys a plain question names: ``"Bb minor"``, or ``"D"`` where no mode is said."""
    found: list[str] = []
    for match in [*_KEY.finditer(text), *_TONIC.finditer(text)]:
        tonic = match["tonic"].upper() + _accidental(match["acc"])
        mode = match.groupdict().get("mode")
        if tonic == "A" and mode and is_article(text, match):
            continue
        if tonic == "A" and not mode and re.match(r"(?:is it|or) a$", match.group()):
            continue
        name = tonic if not mode else f"{tonic} {_mode(mode)}"
        if not any(name == known or known.startswith(name + " ") for known in found):
            found.append(name)
    return tuple(found)


def find_church_mode(text: str) -> str:
    """Return a church mode or scale type that the question names, such as "dorian"."""
    match = _CHURCH.search(text)
    return match.group() if match else ""


def is_article(text: str, match: re.Match[str]) -> bool:
    """Tell the article of "a minor key" and "is it a minor or a major" from the note A."""
    after = text[match.end() :]
    if re.match(r" or [b-g]\b", after):
        return False
    if re.match(
        r" (?:key|mode|tonality|or (?:a )?major|or (?:a )?minor|chords?|song|tune|piece|track|feel"
        r"|one|sound|scale|thing|tune|third|sixth|seventh|second|change|7th)",
        after,
    ):
        return True
    return not re.search(
        r"(?:\bin|\bof|\bto|\binto|\bor|\bthan|\bnot|\bis it) $", text[: match.start()]
    )


def _accidental(text: str) -> str:
    text = text.strip(" -")
    return {"sharp": "#", "flat": "b", "♯": "#", "♭": "b"}.get(text, text)


def _mode(text: str) -> str:
    return "major" if text.startswith(("maj", "dur")) else "minor"


_CHORD = re.compile(
    r"(?<![\w#/'])(?P<root>[A-G](?:#|b|♯|♭)?)"
    r"(?P<kind>(?:maj|min|m|M|dim|aug|sus|add|ø|°|o(?=7)|\+|-|Δ)?(?:6/9|\d{1,2})?"
    r"(?:(?:sus|add|b|#|maj|dim|alt)\d{0,2})*(?:\([^)]{1,6}\))?)"
    r"(?:/(?P<bass>[A-G](?:#|b)?))?(?![\w#])"
)
_LOWER_CHORD = re.compile(
    r"(?<![\w#/'])(?P<root>[a-g](?:#|b(?!e))?)(?P<kind>m7b5|maj7|maj9|min7|m7|m9|m6|dim7|sus4|sus2|7|9|m)"
    r"(?![\w#])"
)
_SPOKEN_CHORD = re.compile(
    rf"\b(?P<root>[a-g])(?P<acc>{_ACCIDENTAL}) (?P<kind>minor seventh|minor 7(?:th)?|major seventh"
    r"|major 7(?:th)?|dominant seventh|diminished|augmented|minor|major|seventh|7(?:th)?|half"
    r"-diminished|sus(?: ?[24])?)(?: chords?)\b"
)
_SPOKEN = {
    "minor seventh": "m7", "minor 7": "m7", "minor 7th": "m7", "major seventh": "maj7",
    "major 7": "maj7", "major 7th": "maj7", "dominant seventh": "7", "diminished": "dim",
    "augmented": "aug", "minor": "m", "major": "", "seventh": "7", "7": "7", "7th": "7",
    "half-diminished": "m7b5",
}  # fmt: skip
QUALITIES = {
    "secondary dominant": r"\b(?:secondary dominants?|applied (?:chords?|dominants?))\b",
    "seventh": r"\b(?:7ths?|sevenths?|7th chords?|dominant 7|7 chords?)\b",
    "diminished": r"\b(?:diminished|dim)\b", "augmented": r"\b(?:augmented|aug)\b",
    "suspended": r"\b(?:suspended|sus|sus chords?|sus[24])\b",
    "major seventh": r"\b(?:major sevenths?|maj7s?|major 7ths?)\b",
    "minor seventh": r"\b(?:minor sevenths?|m7s?|minor 7ths?)\b",
    "borrowed": r"\b(?:outside (?:of )?the (?:key|scale)|borrowed|non-?diatonic|out of key|chromatic)\b",
    "minor": r"\bminor chords?\b", "major": r"\bmajor chords?\b",
    "slash": r"\b(?:slash chords?|inversions?|inverted)\b",
    "extended": r"\b(?:extended|extensions|9ths?|ninths?|11ths?|13ths?|jazz chords?)\b",
}  # fmt: skip


def find_chords(original: str) -> tuple[str, ...]:
    """Return chord names in a question as it was typed: ``"Am7"``, ``"F#m7b5"``, ``"C/E"``."""
    found: list[tuple[int, str]] = []
    for match in _CHORD.finditer(original):
        if not _is_word(original, match) and not _AM_I.match(original[match.start() :]):
            bass = f"/{match['bass']}" if match["bass"] else ""
            found.append((match.start(), match["root"] + match["kind"] + bass))
    lower = original.lower()
    for match in _SPOKEN_CHORD.finditer(lower):
        root = match["root"].upper() + _accidental(match["acc"])
        found.append((match.start(), root + _SPOKEN.get(match["kind"], "sus4")))
    spans = {start for start, _ in found}
    for match in _LOWER_CHORD.finditer(original):
        if re.fullmatch("am", match.group()) and not _NAMES_AM.search(original[: match.end()]):
            continue
        if match.start() not in spans:
            root = match["root"][0].upper() + match["root"][1:]
            found.append((match.start(), root + match["kind"]))
    return tuple(dict.fromkeys(name for _, name in sorted(found)))


_AM_I = re.compile(r"am i\b", re.IGNORECASE)
_NAMES_AM = re.compile(r"\b(?:an|to|the|any|or|and|use|in|of) am$", re.IGNORECASE)


def find_quality(text: str) -> str:
    """Return the kind of chord a plain question asks about, such as "diminished"."""
    order = ("secondary dominant", "major seventh", "minor seventh", *QUALITIES)
    return next((name for name in order if re.search(QUALITIES[name], text)), "")


def _is_word(text: str, match: re.Match[str]) -> bool:
    """Tell the article "A" and a letter that names a key from a chord symbol."""
    bare = not match["kind"] and not match["bass"]
    if not bare:
        return False
    after = text[match.end() :]
    if re.match(r"[ -](?:major|minor|maj\b|min\b|flat|sharp)", after, re.IGNORECASE):
        return True
    if match["root"] != "A":
        return False
    return bool(re.match(r"\s+[a-z]{2,}", after)) and not re.match(
        r"\s+(?:chord|to|and|or|then|in|at|major)\b", after
    )


def find_meter(text: str) -> str:
    """Return the meter a plain question names: ``"3/4"``; a waltz is in three."""
    match = re.search(r"\b(2|3|4|5|6|7|9|12) ?/ ?(4|8|2)\b", text)
    if match:
        return f"{match[1]}/{match[2]}"
    spoken = re.search(
        r"\b(two|three|four|five|six|seven|twelve)[ -](four|eight|eighths)\b"
        r"(?= ?(?:time|meter|metre|$|[?.,!]|or))",
        text,
    )
    words = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "twelve": 12}
    if spoken:
        return f"{words[spoken[1]]}/{8 if spoken[2].startswith('eight') else 4}"
    if re.search(
        r"\bwalt[sz]e?s?\b|\bin (?:three|3|triple)\b|\btriple (?:time|meter|metre)\b", text
    ):
        return "3/4"
    if re.search(r"\bcommon time\b|\bin (?:four|4)\b(?!/)", text):
        return "4/4"
    return "6/8" if re.search(r"\bcompound\b", text) else ""


def find_bpm(text: str) -> float | None:
    """Return the tempo a plain question names: "is it 120 bpm", "faster than 100"."""
    match = re.search(r"\b(\d{2,3}(?:\.\d+)?) ?(?:bpm|beats)\b", text) or re.search(
        r"\b(?:than|over|under|above|below|or|closer to|^is|around|about|is it|at|not|exactly|near(?:er)?"
        r"|more like|be|says?|said|shows?|reads|gives?(?: me| it)?|tells me|claims|tapp?(?:ed)?(?: out)?|clock(?:ed|s)?(?: it)?(?: at)?|count(?: it)?|counted|hear|have|measured?|think it is|make it|really|like|get|got|to) (\d{2,3}(?:\.\d+)?)(?![\d:/]| ?(?:s\b|sec|min|%|percent|chord|bar|beat))",
        text,
    )
    return float(match[1]) if match and 20 <= float(match[1]) <= 400 else None
