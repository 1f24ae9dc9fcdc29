"""Answers about how loud a track is, from what the loudness tool measured."""

from collections.abc import Callable
from dataclasses import replace

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.say import Data

CLOSE = 1.0
"""LU within which a track has the loudness it is held against: less is hardly heard."""
CLIPS_AT = -0.1
TRUE_PEAK = -1.0
"""dB full scale: a sample at the top may be a clipped one; services ask for 1 dB of room."""
VERY_LOUD, LOUD, SOFT, VERY_SOFT = -9.0, -12.0, -18.0, -24.0
"""LUFS: albums of the 2000s lie about -9 and above, chamber music and speech below -18 (Deruty &
Tardieu, "About dynamic processing in mainstream music", JAES 62, 2014; EBU R 128 aims at -23)."""
STREAMING = -14.0
_VERDICTS = {
    "target": ("Yes, it is right there", "Yes, it is loud enough", "Not quite"),
    "too loud": ("No, it is right there", "Yes", "No, rather too quiet"),
    "too quiet": ("No, it is right there", "No, rather louder", "Yes"),
    "how": ("It is right there", "It is louder", "It is quieter"),
}
"""How an answer starts: where the track is at the target, above it, and below (index -1)."""
_OLD = (
    "It was heard before loudness was measured here, and its file can't be read now; "
    "its mean level was {} full scale, which is no LUFS."
)


def answer(ask: Ask, finding: Finding, subject: str) -> str:
    """Return the answer to one question about loudness."""
    data = finding.data
    if ask.aspect in ("loudest", "quietest", "extremes", "silence"):
        if data.get("level") is None:
            return "I couldn't follow the level of it, so I can't tell where."
        return _BY_LEVEL.get(ask.aspect, _extreme)(ask, data)
    if data.get("lufs") is None:
        reasons = [str(p["reason"]) for p in data.get("problems") or ()]
        if reasons:
            return say.sentence(reasons[0])
        level = data.get("level")
        return _OLD.format(decibels(level)) if level is not None else "I couldn't measure it."
    return _BUILD.get(ask.aspect, _loud)(ask, data)


def decibels(value: float, unit: str = "dB") -> str:
    """Return a level with a proper minus: ``"−11.2 dB"``."""
    return f"{value:.1f} {unit}".replace("-", "−")


def _lufs(data: Data) -> str:
    return decibels(float(data["lufs"]), "LUFS")


def _loud(ask: Ask, data: Data) -> str:
    told = f"It measures {_lufs(data)} integrated, {_word(float(data['lufs']))}"
    if data.get("lu") is not None:
        told += f", with a loudness range of {data['lu']:.1f} LU"
    return f"{told} and a peak of {decibels(data['peak'], 'dBFS')}."


def _word(lufs: float) -> str:
    for bound, word in ((VERY_LOUD, "very loud"), (LOUD, "loud")):
        if lufs >= bound:
            return word
    return "very quiet" if lufs <= VERY_SOFT else "quiet" if lufs <= SOFT else "moderately loud"


def _range(ask: Ask, data: Data) -> str:
    crest = f"the peak stands {data['crest']:.1f} dB above the {_lufs(data)} it measures"
    if data.get("lu") is None:
        return f"It is too short for a loudness range; {crest}."
    words = {"even": "that's even, soft and loud passages are close", "moderate": "that's moderate", "wide": "that's wide, with soft and loud passages far apart"}  # fmt: skip
    return f"The loudness range is {data['lu']:.1f} LU: {words[str(data['dynamics'])]}; {crest}."


def _peak(ask: Ask, data: Data) -> str:
    peak = float(data["peak"])
    told = f"the highest sample is at {decibels(peak, 'dBFS')}"
    if peak >= CLIPS_AT:
        start = "It may clip: " if ask.polar else ""
        return say.sentence(f"{start}{told}, so there is no headroom left")
    start = "No, " if ask.polar else ""
    return say.sentence(f"{start}{told}, and that much headroom is left")


def _target(ask: Ask, data: Data) -> str:
    gap, target = float(data["above_target"]), float(data["target"])
    aim = decibels(target, "LUFS").replace(".0 ", " ")
    aim += " that most streaming services play at" if target == STREAMING else ""
    side = 0 if abs(gap) < CLOSE else 1 if gap > 0 else -1
    start = _VERDICTS[ask.aspect if ask.polar else "how"][side]
    told = f"{start}: {_lufs(data)}, "
    if side == 0:
        return f"{told}within an LU of the target of {aim}."
    told += (
        f"{abs(gap):.1f} LU {'above' if side > 0 else 'below'} the target of {aim}, so it would "
    )
    if side < 0:
        return f"{told}sound quieter than the rest, or be turned up."
    peak = float(data["peak"])
    room = f" Its peak is at {decibels(peak, 'dBFS')}, with less than a decibel of room." if peak > TRUE_PEAK else ""  # fmt: skip
    return f"{told}be turned down by that much.{room}"


def _level(ask: Ask, data: Data) -> str:
    if data.get("level") is None:
        return _loud(ask, data)
    return f"Its mean level is {decibels(data['level'])} full scale, which to the ear is {_lufs(data)}, with a peak of {decibels(data['peak'], 'dBFS')}."


def _extreme(ask: Ask, data: Data) -> str:
    found = data[ask.aspect]
    start, end = found["span"]
    gap = abs(float(found["against_mean"]))
    if gap < 0.5:
        return "It is about equally loud all the way through."
    where = f", in {place_name(str(found['section']))}" if found.get("section") else ""
    way = "above" if found["against_mean"] > 0 else "below"
    return f"It is {ask.aspect} from {say.clock(start)} to {say.clock(end)}{where}, {gap:.1f} dB {way} its mean level."


def _extremes(ask: Ask, data: Data) -> str:
    """Return the loudest and the quietest stretch, and how far apart they are."""
    ends = [float(data[end]["against_mean"]) for end in ("loudest", "quietest")]
    if ends[0] - ends[1] < 1.0:
        return "It is about equally loud all the way through."
    told = " ".join(_extreme(replace(ask, aspect=end), data) for end in ("loudest", "quietest"))
    return f"{told} Between the two lie {ends[0] - ends[1]:.1f} dB."


def place_name(section: str) -> str:
    """Return a section as a place: ``"the chorus"``, but ``"part B"``."""
    return section if section.startswith("part ") else f"the {section}"


def _silence(ask: Ask, data: Data) -> str:
    rows = data.get("silences") or ()
    if not rows:
        return "No, there is no silence in it." if ask.polar else "There is no silence in it."
    told = say.join(f"from {say.clock(a)} to {say.clock(b)}" for a, b in rows)
    return f"{'Yes, it' if ask.polar else 'It'} is silent {told}."


def _sure(ask: Ask, data: Data) -> str:
    return "Loudness is computed from the file's own samples, not guessed: the figure holds to about a tenth of an LU."


def _how(ask: Ask, data: Data) -> str:
    return f"It is measured over the file's own samples as ITU-R BS.1770 lays down, by {data['estimator']}."


_BY_LEVEL: dict[str, Callable[[Ask, Data], str]] = {"silence": _silence, "extremes": _extremes}
_BUILD: dict[str, Callable[[Ask, Data], str]] = {
    "sure": _sure,
    "how": _how,
    "range": _range,
    "peak": _peak,
    "target": _target,
    "too loud": _target,
    "too quiet": _target,
    "level": _level,
}
