"""What a recording may be for, and whether its mood and tempo go with that: rules of thumb."""

import re
from dataclasses import dataclass

from agent.rules import say
from agent.rules.answer_tags import listed
from agent.rules.asks import Ask, Finding


@dataclass(frozen=True)
class Purpose:
    """A use, the words that name it, and what it asks for.

    Parameters
    ----------
    name : with its preposition, "for a yoga session"
    words : pattern of what it is called
    asks_for : in words
    good, bad : moods that speak for it and against it
    slowest, fastest : tempo in BPM, 0 and infinity where it does not matter
    """

    name: str
    words: str
    asks_for: str
    good: frozenset[str]
    bad: frozenset[str]
    slowest: float = 0.0
    fastest: float = float("inf")


_CALM = frozenset(("calm", "mellow", "relaxed", "slow", "beautiful"))
_LIVELY = frozenset(("energetic", "fast", "loud", "party"))
PURPOSES = (
    Purpose("for yoga or meditation", r"yoga|meditat\w+|mindfulness|massage|spa|tai chi|breathing exercises?", "something calm and slow", _CALM, _LIVELY, fastest=100),
    Purpose("for falling asleep", r"a?sleep\w*|bed ?time|lullaby|nap ?time|dozing off|the baby", "something calm and slow", _CALM, _LIVELY, fastest=90),
    Purpose("for studying or quiet work", r"study\w*|(?:while|for|to) reading|homework|concentrat\w+|focus(?:ing)? (?:at|on|while)|the office|work(?:ing)? from home", "something calm that keeps in the background", _CALM, _LIVELY, fastest=115),
    Purpose("for a dinner", r"dinner|candle ?light\w*|restaurant|cafe|café|cocktails?|tea ?time|brunch|breakfast", "something mellow", _CALM | {"sexy"}, frozenset(("energetic", "loud", "party")), fastest=125),
    Purpose("at a funeral", r"funerals?|memorial(?: service)?|cremation|burial|wakes?(?= )|remembrance", "something slow and grave", _CALM | {"sad"}, _LIVELY | {"happy", "sexy"}, fastest=100),
    Purpose("at a wedding", r"weddings?|bridal|walk(?:ing)? down the aisle", "something happy or beautiful", frozenset(("happy", "beautiful", "party", "energetic", "mellow")), frozenset(("sad",))),
    Purpose("for a workout", r"work ?outs?|working out|the gym|gym|exercis\w+|running|a run|jog\w*|spin(?:ning)? class|zumba|aerobics|cycling|treadmill|lifting|cardio|hiit", "something fast and energetic", _LIVELY | {"happy"}, _CALM | {"sad"}, slowest=118),
    Purpose("at a party", r"(?<!dinner )part(?:y|ies)|barbecue|bbq|birthdays?|new year'?s eve|celebrat\w+|kids'? disco", "something lively", _LIVELY | {"happy"}, frozenset(("sad", "calm", "slow")), slowest=95),
    Purpose("for dancing", r"danc(?:e|es|ing|ed)\b(?! (?:music|track|genre|pop|song))|danceable|danceability|dance ?floor|boogie|clubs?|raves?|disco(?= night)", "a clear beat of a lively pace", _LIVELY | {"happy", "sexy"}, frozenset(("sad", "calm", "slow")), slowest=95, fastest=175),
    Purpose("for a drive", r"road ?trips?|long drives?|driving|the car|motorway|commute", "something lively", _LIVELY | {"happy"}, frozenset(("slow", "sad"))),
    Purpose("under a film or a video", r"(?:film|movie|tv|fight|love|chase|opening|closing) scenes?|films?|movies?|trailers?|adverts?|commercials?|video games?|games?|vlogs?|podcasts?|youtube videos?|videos?|documentar(?:y|ies)|end credits", "a mood that goes with the picture", frozenset(), frozenset()),
)  # fmt: skip
_NAMES = {p.name: p for p in PURPOSES}
_TABLE = tuple((p.name, re.compile(rf"\b(?:{p.words})\b")) for p in PURPOSES)
_IT = re.compile(
    r"\b(?:it|this|that|the (?:song|track|piece|tune|recording|music)|danceable|danceability)\b"
)
_FITS = re.compile(
    r"\b(?:works?|suits?|suitable|suited|fits?|fitting|good|great|ok|okay|fine|right|appropriate|inappropriate|ideal|perfect|background"
    r"|too \w+|(?:can|could|would|should|might|do|does|will) (?:i|you|we|one|people|folks|anyone|everyone|they|someone|my \w+)|danceable|danceability|enough|go down"
    r"|made for|meant for|used? (?:for|in|at|as|during)|material|sound ?track|any use|play(?:ed)? at|put on at)\b"
)
_SHORT = re.compile(
    r"^(?:and |so |is it |would it be )*(?:any )?(?:good|suitable|ok|okay|right|fine|fit|nice|great|perfect|ideal|appropriate|too \w+|suited)(?: (?:song|track|tune|one|music|choice|pick))? (?:for|at|to|in)\b"
)
"""A question about a use that leaves out what it is about: "good for a dinner?"."""
_ELSE = re.compile(
    r"\b(?:find|search|playlist|set ?list|library|collection|make|compose|generate|write|create|which|my (?:songs|tracks|music)"
    r"|songs|tracks|anything|something|legal\w*|allowed|licen[cs]\w+|pay(?:ing)?|rights?(?= to)|royalt\w+|permission|sued?|copyright\w*|what (?:tempo|bpm|key|genre)"
    r"|how (?:fast|slow|long)|first dance|waltz\w*|polka|tango|salsa|samba|march|foxtrot|call it|(?:danceable or|or danceable)|bpm|reading|time signature|more|faster|slower|note)\b"
)
"""Words of a search, of new music, of rights, and of questions that have an answer of their own."""


def purposes(text: str) -> tuple[str, ...]:
    """Return the names of the uses for which a plain question holds a recording fit or not."""
    if not ((_IT.search(text) and _FITS.search(text)) or _SHORT.match(text)) or _ELSE.search(text):
        return ()
    return tuple(name for name, pattern in _TABLE if pattern.search(text))[:2]


def named_use(text: str) -> str:
    """Return the name of the use that a plain question speaks of, "" for none."""
    return next((name for name, pattern in _TABLE if pattern.search(text)), "")


def fitness(name: str, moods: set[str], bpm: float | None) -> int:
    """Return how much speaks for a use by its name, below 0 what speaks against it."""
    return _score(_NAMES[name], moods, bpm)


def sought(name: str) -> str:
    """Return what one looks for in music for a use."""
    return _NAMES[name].asks_for


def asked(text: str) -> str:
    """Return the uses of a plain question as the value of an ask; "too" is there for "too sad for"."""
    found = purposes(text)
    too = re.match(r"(?:\w+ ){0,6}?too \w+", text) and not re.search(r"\bor\b", text)
    return ", ".join((*found, "too") if found and too else found)


def answer(ask: Ask, findings: dict[str, Finding], subject: str) -> str:
    """Return whether a recording suits a use, with the mood and the tempo that speak for it.

    Parameters
    ----------
    findings : of the tools ``"tags"`` and ``"tempo"``, those that came
    """
    tags = (findings["tags"].data.get("tags") or {}) if "tags" in findings else {}
    moods = listed(tags, "moods", 4)
    tempo = (findings["tempo"].data.get("tempo") or {}) if "tempo" in findings else {}
    bpm = float(tempo["bpm"]) if tempo.get("bpm") else None
    traits = [f"comes across as {say.join(moods[:3])}"] if moods else []
    traits += [f"moves at {say.bpm(bpm)}"] if bpm else []
    if not traits:
        return "I can't tell: neither its mood nor its tempo comes through clearly."
    told = f"{subject[0].lower() + subject[1:] if subject == 'It' else subject} {say.join(traits)}"
    wanted = [_NAMES[name] for name in ask.value.split(", ") if name in _NAMES]
    heard = {str(row["label"]) for row in tags.get("moods") or ()}
    scores = [_score(purpose, heard, bpm) for purpose in wanted]
    if len(wanted) > 1 and scores[0] != scores[1]:
        one, other = sorted(wanted, key=lambda p: -_score(p, heard, bpm))
        return f"Rather {one.name} than {other.name}: {told}."
    for_it, against = (
        ("No, I'd say not", "Yes, rather")
        if "too" in ask.value.split(", ")
        else ("Yes, I'd say", "I'd rather not")
    )
    verdict = for_it if scores[0] > 0 else against if scores[0] < 0 else "Perhaps"
    usual = f"{wanted[0].name} one looks for {wanted[0].asks_for}"
    return f"{verdict}: {told}. {say.sentence(usual + say.THEORY)}"


def _score(purpose: Purpose, heard: set[str], bpm: float | None) -> int:
    """Return how much speaks for a use, below 0 what speaks against it."""
    score = len(purpose.good & heard) - len(purpose.bad & heard)
    bounded = purpose.slowest > 0 or purpose.fastest < float("inf")
    if bpm is None or not bounded:
        return score
    return score + (1 if purpose.slowest <= bpm <= purpose.fastest else -1)
