"""What is claimed of a track by what was heard of it: the evidence that goes with a tool's words."""

from typing import Any

from agent import evidence
from agent.measures import chords_data, tag_entries
from agent.part_measures import sections_data
from agent.record import TrackRecord
from tools.annotations import Beats, Chords, Key, Loudness, Sections, Tags, Tempo


def all_claims(handle: str, record: TrackRecord) -> list[evidence.Claim]:
    """Return what is claimed of a track as a whole: tempo, beats, key, tags, chords, loudness."""
    claims: list[evidence.Claim] = []
    for name, annotation in ((n, record.annotation(n)) for n in record.annotations):
        if isinstance(annotation, Tempo):
            claims += evidence.tempo_claims(handle, annotation)
        elif isinstance(annotation, Beats):
            claims += evidence.beat_claims(handle, annotation)
        elif isinstance(annotation, Key):
            claims += evidence.key_claims(handle, annotation)
        elif isinstance(annotation, Tags):
            claims += evidence.tag_claims(handle, annotation)
        elif isinstance(annotation, Chords) and name == "chords":
            data = chords_data(record, None, None)
            claims += loop_claims(handle, data, annotation.estimator)
        elif isinstance(annotation, Loudness):
            claims += evidence.loudness_claims(handle, annotation)
        elif isinstance(annotation, Sections):
            claims += evidence.section_claims(handle, sections_data(record) or {"sections": []})
    return claims


def loop_claims(handle: str, data: dict[str, Any], estimator: str) -> list[evidence.Claim]:
    """Return the claims of the chords used most, and of the loop that they make."""
    claims = [
        evidence.claim("chord", row["label"], handle, estimator, row["share"])
        for row in data.get("most_used", ())
    ]
    if loop := data.get("loop"):
        claims.append(evidence.claim("loop", loop["labels"], handle, estimator))
    return claims


def entry_claims(handle: str, record: TrackRecord, tags: Tags, kind: str) -> list[evidence.Claim]:
    """Return a claim for each stretch in which a label of this kind is heard."""
    return [
        evidence.claim(
            entry["kind"].removesuffix("s"),
            entry["label"],
            handle,
            tags.estimator,
            None,
            tuple(span),
        )
        for entry in tag_entries(record)
        if kind in ("all", entry["kind"])
        for span in entry["spans"]
    ]


def moment_claims(handle: str, record: TrackRecord, data: dict[str, Any]) -> list[evidence.Claim]:
    """Return the claims of one moment or stretch, from what `Toolbox.moment` tells of it."""
    author = {n: a["estimator"] for n, a in record.annotations.items()}
    span = (data["span"][0], data["span"][1])
    claims = [
        evidence.claim("chord", r["label"], handle, author["chords"], None, (r["start"], r["end"]))
        for r in data["chords"]
    ]
    if data["bpm"] is not None:
        claims.append(evidence.claim("bpm", data["bpm"], handle, author["beats"], None, span))
    if data["key"] is not None:
        claims.append(evidence.claim("key", data["key"], handle, author["key"], None, span))
    claims += [
        evidence.claim(
            t["kind"].removesuffix("s"), t["label"], handle, author["tags"], t["confidence"], span
        )
        for t in data["tags"]
    ]
    if section := data["section"]:
        place = (section["start"], section["end"])
        claims.append(
            evidence.claim(
                "section", evidence.section_name(section), handle, author["segments"], None, place
            )
        )
    if data["bar"] is not None:
        claims.append(evidence.claim("bar", data["bar"], handle, author["beats"], None, span))
    if data["loudness"] is not None:
        claims.append(
            evidence.claim("level", data["loudness"], handle, author["level"], None, span)
        )
    return claims
