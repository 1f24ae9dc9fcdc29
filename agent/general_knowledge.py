"""Whether a sentence speaks of music in general, not of a recording."""

import re

from agent.ledger import Ledger
from agent.rules.glossary import is_told
from agent.statements import Sentence

_HERE = re.compile(
    r"\b(?:it|its|it's|this|here|these|i hear|i heard|i count|measured at|the (?:track|song|piece|recording|music|tune|chorus"
    r"|verse|intro|outro|bridge|beat|groove|singer|voice|vocals?|band|melody|harmony|tempo is|key is|meter is|mood|whole|(?:first|second|other) (?:one|track|song|part|section)))\b"
)
_MARKED = re.compile(
    r"\b(?:in general|generally(?: speaking)?|by definition|as a rule|in music theory|in theory|in (?:western )?music|historically)\b"
)
_HABIT = re.compile(
    r"\b(?:usually|typically|often|commonly|traditionally|tends? to|sometimes|refers? to|means?(?: that)?|is called|are called"
    r"|is when|is a (?:kind|form|type|way|style|dance|short|run|change|chord|note|sign|family)|is the (?:note|speed|name|distance|set)"
    r"|developed|originated|emerged|flourished|dates? (?:from|back)|lasted from|came from|was (?:the|a) (?:period|style|era))\b"
)
_TERM = re.compile(
    r"^\W*(?:so,? |well,? |yes,? |no,? |for example,? |e\.g\.,? |in music,? |by the way,? )?(?:an? |the |any |every |most |many |some |all |both )?"
    r"(?:[\w-]+ ){0,2}?(?:relative|parallel|ii[-–]v[-–]i|cadences?|chords?|keys?|modes?|scales?|triads?|inversions?|inverted|diminished|augmented"
    r"|suspended|seventh|tempo|bpm|met(?:er|re)s?|time signatures?|waltz(?:es)?|ballads?|capos?|modulations?|downbeats?|bars?|camelot"
    r"|dominants?|tonics?|subdominants?|circle of fifths|roman numerals?|major|minor|dorian|mixolydian|lydian|phrygian|locrian"
    r"|baroque|romantic|classical|jazz|blues|rock|pop|funk|disco|techno|house|reggae|swing|bossa nova|genres?|half[- ]time|double[- ]time"
    r"|harmonic rhythm|loops?|to transpose|intervals?|semitones?|fifths?|fourths?|thirds?|octaves?|vibrato|syncopation|enharmonic)\b"
)
_THEORY = re.compile(
    r"^\W*(?:so,? |for example,? |in )?(?:the )?(?:(?:relative|parallel) (?:major|minor|key) of |the notes of |the scale of |the chords of )?"
    r"\b[a-g](?:[#b]| sharp| flat)?(?: (?:major|minor)|m|maj7|m7|7|dim|sus[24])*\b"
    r"(?: scale| chord)?(?:'s)?\s*(?:,|has|have|shares?|contains?|consists?|is made|is the relative|is the parallel|is the (?:dominant|subdominant|[ivIV]+ )|is (?:i|ii|iii|iv|v|vi|vii)\b|and [a-g][#b]? (?:major|minor) share)"
)
_OF_A_KEY = re.compile(
    r"\b(?:relative|parallel) (?:major|minor|key) of [a-g](?:[#b]| sharp| flat)? (?:major|minor) is\b|\bthe (?:chords|notes) of [a-g](?:[#b]| sharp| flat)? (?:major|minor)(?: scale)? are\b|\bthe [a-g][#b]? (?:major|minor) scale has\b|\bhas the notes\b"
)
_BARE = re.compile(
    r"^\W*the (?:key|tempo|meter|metre|time signature|mode|chords?|scale) (?:is|are|was) (?!(?:the|a|how|what|called)\b)"
)
_THEORY_MARK = re.compile(r"\(theory, not measured\)|\(general knowledge")


def speaks_in_general(sentence: Sentence, ledger: Ledger) -> bool:
    """Tell whether a sentence states what is so of music as such.

    It does where it defines, or says what is usual, and points to no recording: neither by a word
    such as "it" or "here", nor by a handle or title, nor by a time.
    """
    lower = sentence.lower
    if is_told(sentence.text):
        return True
    if sentence.mentions:
        return False
    theory = _OF_A_KEY.search(lower) is not None or _THEORY.match(lower) is not None
    if theory and not re.search(r"\b(?:the track|the song|this|here|i hear)\b", lower):
        return True
    if _HERE.search(
        re.sub(r"\bwhich it\b|\bto it\b|, it\b", " ", lower)
        if _THEORY_MARK.search(lower)
        else lower
    ):
        return False
    if sentence.times:
        return False
    if _BARE.match(lower):
        return False
    if _MARKED.search(lower) or _HABIT.search(lower):
        return True
    if _THEORY_MARK.search(lower):
        return _TERM.match(lower) is not None
    return (
        _TERM.match(lower) is not None
        and re.search(
            r"\b(?:is|are) (?:an?|the|several|two|three|four|one|when|how|what|beat|music)\b|\bnumbers?\b|\bnames?\b|\bshares?\b|\bclamps\b|\bstacks?\b|\bsays\b|\badds\b|\bgoes from\b",
            lower,
        )
        is not None
    )
