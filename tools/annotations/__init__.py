"""Annotations: what every estimator returns.

Conventions
-----------
* Times are seconds from the first decoded sample.
* Intervals are ``(start, end)`` with ``0 <= start < end``, in order of start.
* Chord labels are in Harte's syntax, as mir_eval reads it: ``"A:min7/b3"``;
  ``"N"`` is no chord, ``"X"`` a chord outside the vocabulary.
* Pitches are MIDI note numbers, possibly fractional; 69.0 is A4, 440 Hz.
* Confidences lie in [0, 1]; ``None`` where the estimator gives none.
* ``estimator`` names the algorithm and its checkpoint: ``"beatnet/1"`` (`tools.rungs.Engine.signature`).
* Missing is ``None``, never 0.

Values are immutable and hold plain numbers and strings, so they compare with ``==``, go to JSON and
back without loss, and survive a LangGraph checkpoint. ``to_mir_eval`` gives the arrays that
``mir_eval`` scores.
"""

from tools.annotations.base import Annotation, FloatArray
from tools.annotations.harmony import Key, KeyCandidate, KeySpan, NamedKey
from tools.annotations.notes import Notes, Pedal, Pitch
from tools.annotations.sound import Embedding, Label, LabelCurve, Level, Loudness, Tags
from tools.annotations.spans import Caption, Chords, Sections, Segments
from tools.annotations.time import Beats, Tempo, TempoCandidate

__all__ = [
    "Annotation",
    "Beats",
    "Caption",
    "Chords",
    "Embedding",
    "FloatArray",
    "Key",
    "KeyCandidate",
    "KeySpan",
    "Label",
    "LabelCurve",
    "Level",
    "Loudness",
    "NamedKey",
    "Notes",
    "Pedal",
    "Pitch",
    "Sections",
    "Segments",
    "Tags",
    "Tempo",
    "TempoCandidate",
]
