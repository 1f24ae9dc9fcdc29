"""A brief in the words that a text-led generator of sound learnt from."""

from tools.composing.brief import Brief

ANYTHING = "instrumental music"


def brief_text(brief: Brief) -> str:
    """Return a brief as a description and fields: ``"A slow waltz. key: D minor. bpm: 80"``.

    MusicGen's authors joined what was known of a recording to its description this way, a quarter
    of the time (Copet et al., "Simple and controllable music generation", 2023, condition merging).
    Chords and form are left out: it learnt no words for them. What it made of the rest has to be
    listened to, none of it is certain.
    """
    fields = {
        "genre": brief.style,
        "moods": brief.mood,
        "instrument": ", ".join(brief.instruments),
        "key": _key(brief),
        "bpm": f"{brief.bpm:g}" if brief.bpm else None,
    }
    said = [brief.description.strip().rstrip(".") or _opening(brief)]
    if brief.meter:
        said.append(f"In {brief.meter} time")
    if brief.without:
        said.append(f"Without {' and '.join(brief.without)}")
    return ". ".join(said + [f"{name}: {value}" for name, value in fields.items() if value])


def _opening(brief: Brief) -> str:
    """Return a description of what has none: ``"Calm jazz with piano and bass"``."""
    words = " ".join(word for word in (brief.mood, brief.style) if word)
    noun = f"{words} music" if words else ANYTHING
    players = " and ".join(brief.instruments)
    sentence = f"{noun} with {players}" if players else noun
    return sentence[0].upper() + sentence[1:]


def _key(brief: Brief) -> str | None:
    if brief.tonic is None:
        return brief.mode
    return f"{brief.tonic} {brief.mode or 'major'}"
