"""Words of questions made plain: contractions, slang, spelling, number words."""

import re
import unicodedata

CONTRACTIONS = (
    (r"\b(what|who|how|where|when|that|there)s\b(?=\s)", r"\1 is"),
    (r"\b(what|who|how|where|when|that|there|it|which|why|he|she)'s\b", r"\1 is"),
    (r"\b(what|where|how|there|these|those|they|you|we)(?:'re)\b", r"\1 are"),
    (r"\b(i)'m\b", r"\1 am"),
    (r"\b(can|could|would|should|is|are|does|do|did|was|were|has|have)n'?t\b", r"\1 not"),
    (r"\bcan'?t\b", "can not"),
    (r"\bwon'?t\b", "will not"),
    (r"\b(\w+)'ll\b", r"\1 will"),
    (r"\b(\w+)'ve\b", r"\1 have"),
    (r"\b(\w+)'d\b", r"\1 would"),
    (r"\blet'?s\b", "let us"),
)

SLANG = {
    "wot": "what", "wat": "what", "wut": "what", "whta": "what", "waht": "what", "wht": "what",
    "wots": "what is", "wats": "what is", "whats": "what is", "wuts": "what is",
    "hows": "how is", "wheres": "where is", "whens": "when is", "whos": "who is",
    "pls": "please", "plz": "please", "plse": "please", "u": "you", "ur": "your", "r": "are",
    "gimme": "give me", "gimmie": "give me", "lemme": "let me", "wanna": "want to",
    "gonna": "going to", "dunno": "do not know", "cuz": "because", "cos": "because",
    "stemz": "stems", "stemms": "stems", "leadsheet": "lead sheet", "leadsheets": "lead sheets",
    "topline": "top line", "toplines": "top lines", "seperated": "separated", "chours": "chorus",
    "coras": "chorus", "accapella": "acapella", "acappella": "acapella", "acapela": "acapella",
    "middle-8": "middle 8", "midi's": "midi", "acca": "acapella", "w/o": "without", "w/out": "without", "pella": "acapella", "transcribtion": "transcription",
    "tel": "tell", "teh": "the", "dis": "this", "da": "the", "thx": "thanks", "ty": "thanks",
    "ta": "thanks", "yo": "hey", "bmp": "bpm", "bmps": "bpm", "bpms": "bpm", "b.p.m": "bpm",
    "b.p.m.": "bpm", "tmpo": "tempo", "tepmo": "tempo", "tempi": "tempo", "temop": "tempo",
    "kee": "key", "keey": "key", "kay": "key", "cords": "chords", "cord": "chord",
    "chrods": "chords", "chors": "chords", "chrds": "chords", "chrd": "chord", "chods": "chords",
    "chourds": "chords", "cordes": "chords", "akkords": "chords", "vox": "vocals",
    "vox?": "vocals", "voc": "vocals", "genra": "genre", "gendre": "genre", "gener": "genre",
    "jenre": "genre", "minro": "minor", "minr": "minor", "miner": "minor", "mayor": "major",
    "majer": "major", "sig": "signature", "sigs": "signature", "timesig": "time signature",
    "secs": "seconds", "sec": "seconds", "mins": "minutes", "min": "min", "tho": "though",
    "prog": "progression", "progs": "progressions", "inst": "instrumental", "instr": "instruments",
    "tune's": "tune", "trk": "track", "trck": "track", "n": "and", "im": "i am", "isnt": "is not",
    "doesnt": "does not", "dont": "do not", "wich": "which", "wihch": "which", "witch": "which",
    "songs's": "songs", "beginin": "beginning", "begining": "beginning", "rythm": "rhythm",
    "rythem": "rhythm", "rhytm": "rhythm", "rithm": "rhythm", "relitive": "relative",
    "singin": "singing", "playin": "playing", "goin": "going", "ain't": "is not", "aint": "is not",
    "len": "length", "dur": "duration", "chg": "change", "chgs": "changes", "y/n": "or not", "vocs": "vocals", "info": "information", "deets": "details", "spd": "speed", "ya": "you", "k": "ok",
    "sry": "sorry", "abt": "about", "bout": "about", "diff": "difference", "mod": "modulation",
}  # fmt: skip

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
}  # fmt: skip

ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "fifth": 5, "5th": 5, "sixth": 6, "6th": 6, "seventh": 7, "7th": 7, "eighth": 8, "8th": 8,
    "ninth": 9, "9th": 9, "tenth": 10, "10th": 10,
}  # fmt: skip

SPELLABLE = (
    "tempo", "chord", "chords", "progression", "signature", "meter", "metre", "instrument",
    "instruments", "instrumental", "instrumentation", "genre", "genres", "minor", "major",
    "relative", "parallel", "singer", "singing", "vocals", "vocal", "describe", "between",
    "seconds", "minutes", "beginning", "confident", "alternative", "modulate", "modulation",
    "tonality", "scale", "rhythm", "faster", "slower", "guitar", "piano", "drums", "violin",
    "duration", "length", "title", "artist", "camelot", "harmony", "harmonic", "roman", "numerals",
    "transpose", "downbeat", "measure", "measures", "happens", "halfway", "compare", "difference",
    "structure", "separate", "isolate", "transcribe", "transcription", "notation", "melody",
    "acapella", "karaoke", "verse", "bridge", "chorus", "vocalist", "second", "first", "waltz", "steady", "constant", "speed", "tonic", "sound", "mood", "style",
)  # fmt: skip
REAL = frozenset(
    """accord meters moody matter method miner minder manor mayor scales scaled scales sales stale sounds
    sounded bound found round ground pound moods mode modes model wood food good mod speeds sped
    spend steed seed need deed firsts fist list title titles tile tiled little artists artist
    tonics topic topics tunic second seconds secondary measured pleasure length lengthy strength
    guitars pianos violins drum drums drama dreams dream dreamy crumbs compared compares describe
    described describes singers sing sings single singles signal sinner winger finger ringer
    relatives relation relatively tempos temple tempt temper rooms style styles stile
    smile while slow slower slowed flower lower fasten faster fast master laster happen happened
    constantly instant content consonant contrast steadily ready study alternate alternatives
    alternatively harmonica harmonics harmonies harmonize harmonise romans woman human numeral
    woman women betwixt progressions progressing progressive progress genre generic general gender
    keyed vocalist vocalists vocally local locals focal vital choral choirs chorus chore shore
    chorded course choral short shirt sport score stored third thirst thirty rhythms rhythmic
    minors majors waltzes transposed transposing modulates modulated modulating modulations
    length lengths differences different differ describing downbeats confidence confidently
    structures structured structural separated separately separates isolated isolates transcribed
    transcribes transcriptions melodic melodies melodious verses versed bridges bride bridged
    choruses notations notion versa verge instrumentals instrumentally beginnings scalar sole solo soul sour vocal""".split()
)


def plain(text: str) -> str:
    """Return a question in lower case, contractions and slang resolved, spelling repaired."""
    text = unicodedata.normalize("NFKC", text)
    for old, new in (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("♯", "#"), ("♭", "b")):
        text = text.replace(old, new)
    text = re.sub(r"[–—−]", "-", text).lower()
    for pattern, full in CONTRACTIONS:
        text = re.sub(pattern, full, text)
    text = re.sub(r"\s*(?:&|(?<=[a-z])\s\+\s(?=[a-z]))\s*", " and ", text)
    text = re.sub(r"\br and b\b", "rnb", text)
    text = re.sub(r"(?<=[a-z]{3})/(?=[a-z]{3})", " / ", text)
    text = re.sub(r"([a-z])\1{2,}", r"\1", text)
    text = re.sub(
        r"\b(\d+)(?:st|nd|rd|th) seconds?( (?:to|and) (?:the )?)?(\d+)?(?:st|nd|rd|th)?",
        r"\1 seconds\2\3",
        text,
    )
    words = [_repair(word) for word in re.findall(r"\s+|[^\s?!,;:()]+|[?!,;:()]", text)]
    return re.sub(r"\s+", " ", "".join(words)).strip()


def number(word: str) -> float | None:
    """Return the number a word or figure stands for."""
    if re.fullmatch(r"\d+(?:\.\d+)?", word):
        return float(word)
    return NUMBERS.get(word) if word not in ("a", "an") else 1


def _repair(word: str) -> str:
    if word in SLANG:
        return SLANG[word]
    bare = word.rstrip(".")
    if bare in SLANG and len(bare) > 1:
        return SLANG[bare] + word[len(bare) :]
    if len(bare) < 5 or not bare.isalpha() or bare in SPELLABLE or bare in REAL:
        return word
    near = [good for good in SPELLABLE if _close(bare, good)]
    return near[0] + word[len(bare) :] if near else word


def _close(word: str, good: str) -> bool:
    """Tell whether `word` is `good` with one slip (two in a long word)."""
    if word[0] != good[0] or abs(len(word) - len(good)) > 1 + (len(good) >= 9):
        return False
    if word.rstrip("s") == good.rstrip("s"):
        return False
    return _slips(word, good) <= (2 if len(good) >= 9 else 1)


def _slips(a: str, b: str) -> int:
    """Return the optimal string alignment distance (Damerau 1964)."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
