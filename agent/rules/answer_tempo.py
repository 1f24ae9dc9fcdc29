"""Answers about tempo, meter, beats and bars."""

from collections.abc import Callable

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.say import Data

_MARKINGS = ((40, "Grave"), (60, "Largo"), (76, "Adagio"), (108, "Andante"), (120, "Moderato"), (156, "Allegro"), (176, "Vivace"), (200, "Presto"))  # fmt: skip
_WORDS = {"half": "half that", "double": "twice that", "3/2": "one and a half times that", "2/3": "two thirds of that"}  # fmt: skip
FAINT = 0.35
"""A tempo this unsure is told as a likelihood; the confidence is shared among the readings."""
HARDLY = 0.1
SLOW, FAST = 85.0, 125.0
"""Below SLOW most listeners call a tempo slow, above FAST fast (Moelants 2002: 120–130 is preferred)."""


def answer(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return the answer to one ask about tempo, meter or beats."""
    if ask.topic == "tempo":
        tempo = finding.data.get("tempo")
        if not tempo:
            return _no_tempo(finding.data)
        build: Callable[[Ask, Data, str, str], str] = _TEMPO.get(ask.aspect, _value)
        if ask.aspect == "length":
            return _length(ask, finding.data, subject, seed)
        if ask.aspect == "" and ask.span is not None:
            return _at_time(ask, tempo, subject, finding)
        return build(ask, tempo, subject, seed)
    beats = finding.data.get("beats")
    if not beats:
        return _problem(finding.data, "beats", "I couldn't find a clear beat in it")
    if ask.topic == "meter":
        return _meter(ask, beats, subject, seed)
    return _beats(ask, finding, beats, subject)


def _no_tempo(data: Data) -> str:
    return _problem(data, "tempo", "I couldn't find a clear tempo in it")


def _problem(data: Data, task: str, sentence: str) -> str:
    reasons = [
        p.get("reason", "") for p in data.get("problems") or () if p.get("task") in (task, "beats")
    ]
    return say.sentence(f"{sentence}: {reasons[0]}" if reasons and reasons[0] else sentence)


def alternative(tempo: Data, strong: float = 0.45) -> Data | None:
    """Return the other reading when it is worth a word."""
    return say.rival(tempo, strong)


def counted(candidate: Data) -> str:
    """Return another reading of the tempo in words."""
    relation = _WORDS.get(candidate.get("relation", ""), "")
    told = f"{relation}, " if relation else ""
    return f"{told}{say.bpm(candidate['bpm'])}"


def reach(tempo: Data) -> tuple[float, float] | None:
    """Return the tempi that the middle nine tenths of the curve lie between."""
    bpms = sorted(tempo.get("bpms") or ())
    if len(bpms) < 2:
        return None
    cut = len(bpms) // 20
    return bpms[cut], bpms[-1 - cut]


def drift_of(tempo: Data) -> str:
    """Return in words whether the tempo is steady, "" where that is not known."""
    if tempo.get("steady") is None:
        return ""
    if tempo["steady"]:
        return "steady throughout"
    span = reach(tempo)
    if span and round(span[0]) != round(span[1]):
        return f"moving between about {round(span[0])} and {round(span[1])}"
    return "not quite steady"


def _value(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    value, drift = say.bpm(tempo["bpm"]), drift_of(tempo)
    verb = say.pick(seed, ("is at", "runs at", "moves at", "sits at"))
    if tempo.get("steady") is False:
        verb = "averages"
    told = f"{subject} {verb} {value}"
    other = alternative(tempo)
    if (tempo.get("confidence") or 1.0) < FAINT or alternative(tempo, 0.7):
        told = f"{subject} is most likely at {value}"
    if drift and (tempo["steady"] is False or len(seed) % 2):
        told += f", {drift}"
    if other:
        told += f"; it could also be counted at {counted(other)}"
    return say.sentence(told)


def _round(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    return f"{round(tempo['bpm'])} BPM ({say.figure(tempo['bpm'])} before rounding)."


def _is(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    sign, wanted = ask.value[:1], float(ask.value.lstrip("<>"))
    value = say.bpm(tempo["bpm"])
    if sign in "<>":
        holds = tempo["bpm"] > wanted if sign == ">" else tempo["bpm"] < wanted
        gap = abs(tempo["bpm"] - wanted)
        word = "above" if tempo["bpm"] > wanted else "below"
        return f"{'Yes' if holds else 'No'}, it's at {value}, {say.figure(gap)} {word} {wanted:g}."
    ratio = wanted / tempo["bpm"]
    if abs(ratio - 1) <= 0.02:
        exact = "" if round(tempo["bpm"], 1) == wanted else f": I measure {value}"
        return say.sentence(f"Yes{exact}" if exact else f"Yes, {value}")
    if abs(ratio - 1) <= 0.05:
        return f"Close, but I measure {value} rather than {wanted:g}."
    for times, words in (
        (0.5, "half"),
        (2.0, "double"),
        (1.5, "one and a half times"),
        (2 / 3, "two thirds of"),
    ):
        if abs(ratio / times - 1) <= 0.03:
            return f"Not as I hear it: I measure {value}. {wanted:g} is {words} that, so it's the same music counted differently."
    return f"No, I measure {value}, not {wanted:g}."


def _steady(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    steady, span = tempo.get("steady"), reach(tempo)
    asks_change = ask.value != "steady"
    if steady is None:
        return f"I can't tell whether the tempo moves; overall it's {say.bpm(tempo['bpm'])}."
    if steady:
        start = "No" if asks_change else "Yes"
        return f"{start}, the tempo is steady, at {say.bpm(tempo['bpm'])} throughout."
    first, last = _thirds(tempo)
    way = ""
    if first and last and abs(last / first - 1) > 0.03:
        way = f"{'speeds up' if last > first else 'slows down'} over the track, from about {round(first)} to {round(last)} BPM"
    start = "Yes" if asks_change else "No"
    if not ask.polar and way:
        return f"{subject} {way}; overall I count {say.bpm(tempo['bpm'])}."
    if not ask.polar and span:
        return f"{subject} moves between about {round(span[0])} and {round(span[1])} BPM; overall I count {say.bpm(tempo['bpm'])}."
    if (
        first
        and last
        and ask.value.startswith(("speed", "faster", "accel", "rush"))
        and last <= first * 1.03
    ):
        start = "Not as a whole"
    if first and last and ask.value.startswith(("slow", "drag")) and last >= first * 0.97:
        start = "Not as a whole"
    if way:
        return f"{start}, it {way}; overall I count {say.bpm(tempo['bpm'])}."
    moves = (
        f"it moves between about {round(span[0])} and {round(span[1])} BPM"
        if span
        else "it isn't steady"
    )
    return f"{start}, {moves}; overall I count {say.bpm(tempo['bpm'])}."


def _thirds(tempo: Data) -> tuple[float | None, float | None]:
    """Return the mean tempo of the first and the last third of the curve."""
    bpms = list(tempo.get("bpms") or ())
    third = len(bpms) // 3
    if third < 1:
        return None, None
    return sum(bpms[:third]) / third, sum(bpms[-third:]) / third


def _others(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    candidates = list(tempo.get("alternatives") or ())
    wanted = [c for c in candidates if c.get("relation") == ask.value] if ask.value else candidates
    if ask.value and not wanted:
        factor = 0.5 if ask.value == "half" else 2.0
        return f"I count it at {say.bpm(tempo['bpm'])}; {ask.value} time would be {say.bpm(tempo['bpm'] * factor)}, but the beat I hear doesn't suggest it."
    if not wanted:
        return f"No other reading stands out: I hear {say.bpm(tempo['bpm'])}."
    told = say.join(
        (f"{counted(c)} (confidence {say.percent(c['confidence'])})" for c in wanted[:3]), "or"
    )
    likely = max(float(c["confidence"]) for c in wanted)
    start = ""
    if ask.polar:
        start = "Hardly: " if likely < HARDLY else "It could be: "
    own = tempo.get("confidence")
    mine = f" (confidence {say.percent(own)})" if own is not None else ""
    return say.sentence(
        f"{start}I count {say.bpm(tempo['bpm'])}{mine}; it can also be felt at {told}"
    )


def _sure(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    told = f"About the tempo, {say.bpm(tempo['bpm'])}, I'm {say.sureness(tempo.get('confidence'))}"
    other = alternative(tempo, 0.0)
    if other:
        told += f". The likeliest other reading is {counted(other)}, at {say.percent(other['confidence'])}"
    return say.sentence(told)


def _how(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    return f"From the audio: the beats were tracked, and {say.bpm(tempo['bpm'])} comes from the spacing between them (estimator: {tempo.get('estimator', 'unnamed')})."


def _fast(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    value = tempo["bpm"]
    word = "slow" if value < SLOW else "fast" if value > FAST else "mid-tempo"
    wanted = {"quick": "fast", "brisk": "fast", "speedy": "fast", "uptempo": "fast", "up-tempo": "fast", "downtempo": "slow", "down-tempo": "slow", "midtempo": "mid-tempo"}.get(ask.value, ask.value)  # fmt: skip
    said = {
        "slow": "on the slow side",
        "fast": "on the fast side",
        "mid-tempo": "mid-tempo, neither fast nor slow",
    }[word]
    start = ("Yes, it's " if word == wanted else "Not really: it's ") if ask.polar else "It's "
    told = f"{start}{said}, at {say.bpm(value)}"
    other = alternative(tempo)
    return say.sentence(
        told + (f" – though counted at {counted(other)}, it feels different" if other else "")
    )


def _marking(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    name = next((name for limit, name in _MARKINGS if tempo["bpm"] < limit), "Prestissimo")
    start = ""
    if ask.value:
        start = "Yes, " if ask.value == name.lower() else "No, "
    return say.sentence(
        f"{start}{say.bpm(tempo['bpm'])} is what the metronome calls {name} (theory, not measured)"
    )


def _length(ask: Ask, data: Data, subject: str, seed: str) -> str:
    tempo, beats = data["tempo"], data.get("beats") or {}
    beat = 60.0 / tempo["bpm"]
    told = f"At {say.bpm(tempo['bpm'])} a beat lasts {round(beat * 1000)} ms"
    count = {"2/4": 2, "3/4": 3, "4/4": 4, "6/8": 2}.get(beats.get("meter") or "")
    if count:
        told += f", and a bar of {beats['meter']} {beat * count:.2f} seconds"
    if ask.value == "beat":
        told += f" (half a beat: {round(beat * 500)} ms, a dotted half: {round(beat * 750)} ms)"
    return say.sentence(told)


def _frames(ask: Ask, tempo: Data, subject: str, seed: str) -> str:
    beat = 60.0 / tempo["bpm"]
    rates = [float(ask.value)] if ask.value else [24.0, 25.0, 30.0]
    told = say.join(f"{beat * rate:.1f} frames at {rate:g} a second" for rate in rates)
    return f"At {say.bpm(tempo['bpm'])} a beat lasts {beat:.3f} seconds: {told}."


def _at_time(ask: Ask, tempo: Data, subject: str, finding: Finding) -> str:
    assert ask.span is not None
    times, bpms = list(tempo.get("times") or ()), list(tempo.get("bpms") or ())
    duration = finding.track.get("duration")
    if not times or ask.span.unit == "bars":
        return f"I only have one figure for the whole track: {say.bpm(tempo['bpm'])}."
    start, end = ask.span.resolve(duration)
    where = say.place(start, end, duration, ask.span.words)
    inside = [
        b
        for t, b in zip(times, bpms, strict=False)
        if start <= t <= (start if end is None else end)
    ]
    if not inside:
        inside = [bpms[min(range(len(times)), key=lambda i: abs(times[i] - start))]]
    here = sum(inside) / len(inside)
    told = f"{where} it's around {say.bpm(here)}"
    if abs(here / tempo["bpm"] - 1) > 0.02:
        return say.sentence(f"{told}, against {say.bpm(tempo['bpm'])} overall")
    return say.sentence(f"{told}, much as everywhere else")


def _meter(ask: Ask, beats: Data, subject: str, seed: str) -> str:
    meter = beats.get("meter")
    if not meter:
        return "I can't tell the meter: the beats are there, but how they group into bars stays unclear."
    sure = beats.get("meter_confidence")
    maybe = "most likely " if say.doubtful(sure) else ""
    if ask.aspect == "is":
        if ask.value == "odd":
            return f"No, I hear {maybe}{meter}; but odd meters such as 5/4 or 7/8 are beyond what I can tell."
        yes = ask.value == meter
        extra = " – a waltz feel" if yes and meter == "3/4" else ""
        return (
            f"Yes, it's {maybe}in {meter}{extra}."
            if yes
            else f"No, I hear it {maybe}in {meter}, not {ask.value}."
        )
    if ask.aspect == "sure":
        return f"About the meter, {meter}, I'm {say.sureness(sure)}."
    if ask.aspect == "how":
        return f"From how strongly the beats are accented: every {meter[0]} beats there is a downbeat (estimator: {beats.get('estimator', 'beat tracker')})."
    if ask.aspect == "beats":
        count = "two, each in three parts" if meter == "6/8" else _COUNTS[meter[0]]
        return say.sentence(f"{maybe}{count}: {subject if subject != 'It' else 'it'} is in {meter}")
    told = say.pick(
        seed,
        (
            f"{subject} is {maybe}in {meter}",
            f"the meter is {maybe}{meter}",
            f"{subject} is {maybe}counted in {meter}",
        ),
    )
    return say.sentence(told)


_COUNTS = {"2": "two", "3": "three", "4": "four", "6": "six"}


def _beats(ask: Ask, finding: Finding, beats: Data, subject: str) -> str:
    if ask.aspect == "count":
        count, meter = beats.get("count"), beats.get("meter")
        if not count:
            return "I couldn't count the beats in it."
        each = {"2/4": 2, "3/4": 3, "4/4": 4, "6/8": 2}.get(meter or "")
        tempo = finding.data.get("tempo")
        if ask.span is not None and tempo and ask.span.unit != "bars":
            return _count_in(ask, finding, tempo["bpm"], each)
        number = beats.get("bars") or (round(count / each) if each else None)
        bars = f" in {number} bars of {meter}" if number and meter else ""
        return f"I count {count} beats{bars}."
    if ask.aspect == "sure":
        return f"About the beats I'm {say.sureness(beats.get('confidence'))}."
    first, downbeats = beats.get("first"), list(beats.get("downbeats") or ())
    if first is None:
        return "I found no beats to place."
    told = f"The first beat I hear falls at {first:.2f} seconds"
    if downbeats:
        told += (
            ", and it is a downbeat"
            if abs(downbeats[0] - first) < 0.02
            else f"; the first downbeat is at {downbeats[0]:.2f}"
        )
        more = [f"{t:.2f}" for t in downbeats[1:4]]
        if more:
            told += f". Downbeats follow at {say.join(more)}"
    return say.sentence(told)


def _count_in(ask: Ask, finding: Finding, bpm: float, each: int | None) -> str:
    """Return how many beats and bars go into a stretch, at the tempo of the whole."""
    assert ask.span is not None
    duration = finding.track.get("duration")
    start, end = ask.span.resolve(duration)
    end = start if end is None else end
    length = min(end, float("inf") if duration is None else max(duration, end)) - start
    beats = length * bpm / 60.0
    bars = f", or about {say.figure(beats / each)} bars" if each else ""
    return f"At {say.bpm(bpm)}, {say.figure(length)} seconds hold about {round(beats)} beats{bars}."


_TEMPO = {
    "": _value, "is": _is, "steady": _steady, "alternative": _others, "sure": _sure, "how": _how,
    "fast": _fast, "frames": _frames, "round": _round, "marking": _marking,
}  # fmt: skip
