"""What the program says of itself: what it can't do, what leaves the machine, which files it writes."""

from agent.rules.asks import Ask, Situation

ABOUT = {
    "private": "Your recordings stay on this computer: I run here, and I send nothing anywhere. I need the internet only to fetch my networks' weights, once. Should you choose a chat model in the cloud, it is sent your questions, the names of your tracks and what was measured, never the sound.",
    "limits": "Honestly: I can't tell who made a recording or when, what its words say, what gear was used, or how good it is. I can't play, cut or change a recording, browse the web, or speak of music that nobody opened here. What I measure can be wrong, too: ask “how sure are you?” after an answer.",
    "unlike": "I don't recognise recordings from a catalogue, and I don't talk from memory: tools measure the recordings that you open, on this computer, and I tell what they found. So I can't name an unknown song, but I can tell its tempo, meter, key, chords, form, melody, instruments and mood, find what is like it in your library, take it apart, and write files.",
    "formats": "I write chords as ChordPro or lab files, notes as MIDI or sheet music (MusicXML, which MuseScore, Sibelius, Finale and Dorico open), the beat as a click track, a picture of the whole as PNG or SVG, everything as CSV, JSON or JAMS, and take a recording apart into stems. Say what you want, for example “save the notes as MIDI”; until then I write nothing.",
    "leave": "All right, I leave it as it is: nothing was made or saved.",
    "praise": "Thank you, kind of you to say. What would you like to know next?",
    "blame": "I'm sorry that I'm of so little use. Tell me what you wanted to know, in other words if you can, and I'll try again.",
}  # fmt: skip
"""Aspect of small talk -> what is said."""

_TOPICS = {
    "tempo": "the tempo", "meter": "the meter", "beats": "the beats", "key": "the key", "chords": "the chords", "genres": "the genre",
    "instruments": "the instruments", "moods": "the mood", "voice": "the voice", "sound": "the sound", "moment": "one place in the track",
    "describe": "the track as a whole", "caption": "a description", "duration": "the length", "title": "the title", "structure": "the form",
    "stems": "taking it apart", "notes": "writing its notes down", "melody": "the melody", "export": "a file to save", "compare": "a comparison",
    "loudness": "the loudness", "recall": "your library", "library": "your library", "similar": "similar tracks", "use": "what it is good for",
    "playlist": "a playlist", "theory": "theory", "generate": "new music",
}  # fmt: skip


def wrong(ask: Ask, situation: Situation) -> str:
    """Return what is said to a protest: sorry, what was understood, and what was meant instead."""
    topic = next((_TOPICS[a.topic] for a in reversed(situation.asks) if a.topic in _TOPICS), "")
    if not topic:
        return "I'm sorry. What is wrong, or what did you mean? Ask it in other words and I'll try again."
    return f"I'm sorry. I took your question to be about {topic}. What did you mean? If it was that, I can say how sure I am and what else it could be."
