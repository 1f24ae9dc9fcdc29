"""Sentences about tempo and meter."""

from tools.caption_facts import Pulse
from tools.caption_words import METERS, Chooser


def pulse_words(pulse: Pulse | None, choose: Chooser) -> str:
    """Return tempo and meter as a sentence without its stop; empty where no tempo is known."""
    if pulse is None:
        return ""
    if pulse.firm is False:
        loose = (
            "there is no firm pulse to tap along to",
            "the music floats without a clear beat",
            "no steady beat holds it together",
        )
        return choose.first("pulse", loose)
    meter = _meter(pulse, choose)
    if pulse.steps:
        return _stepping(pulse, meter, choose)
    if pulse.firm is None or pulse.steady is False:
        return _giving(pulse, meter, choose)
    if pulse.rival:
        return _two_readings(pulse, meter, choose)
    figure = f"a steady {pulse.bpm} BPM" if pulse.steady else f"{pulse.bpm} BPM"
    even = (
        f"it moves at {figure}{meter}",
        f"the pulse is {figure}{meter}",
        f"it keeps {'steadily ' if pulse.steady else ''}to {pulse.bpm} BPM{meter}",
        f"the beat goes at {figure}{meter}",
        f"the tempo is {figure}{meter}",
        f"it runs at {figure}{meter}",
    )
    return choose.first("pulse", even)


def _meter(pulse: Pulse, choose: Chooser) -> str:
    if not pulse.meter:
        return ""
    told = choose("meter", METERS[pulse.meter])
    return f" {told}" if pulse.meter_sure else f", most likely {told}"


def _stepping(pulse: Pulse, meter: str, choose: Chooser) -> str:
    first, second, *rest = pulse.steps
    way = "quickens" if second > first else "slows"
    comma = "," if meter.startswith(",") else ""
    told = f"it sets out at {first} BPM{meter}{comma} and later {way} to {second}"
    if rest:
        back = abs(rest[0] - first) <= 2
        told += " before settling back" if back else f" and then to {rest[0]}"
    return told


def _giving(pulse: Pulse, meter: str, choose: Chooser) -> str:
    if pulse.steady is False:
        loose = (
            f"the tempo gives and takes around {pulse.bpm} BPM{meter}",
            f"it moves freely{'' if ',' in meter else meter} around {pulse.bpm} BPM, now quicker, now slower",
        )
    else:
        loose = (
            f"the pulse is soft, somewhere about {pulse.bpm} BPM{meter}",
            f"the beat is easily lost, at about {pulse.bpm} BPM{meter}",
        )
    return choose.first("pulse", loose)


def _two_readings(pulse: Pulse, meter: str, choose: Chooser) -> str:
    speed = "twice" if (pulse.rival or 0) > pulse.bpm else "half"
    readings = (
        f"the beat can be counted at {pulse.bpm} BPM{meter}, or at {speed} that speed",
        f"it goes at {pulse.bpm} BPM{meter}, though it can be counted at {speed} that",
    )
    return choose.first("pulse", readings)
