"""Searching the tracks of whoever asks: words rank, filters must hold; see `agent.search`."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from agent.http.asking import DeskOf
from agent.http.problems import responses
from agent.http.shapes import example

if TYPE_CHECKING:
    from agent.memory import TrackMemory
    from agent.search import Hit

router = APIRouter(tags=["search"])

LONGEST = 200
LONGEST_TEXT = 2000
MOST_NAMES = 20

Word = Annotated[str, Field(max_length=LONGEST)]
Words = Annotated[list[Word], Field(max_length=MOST_NAMES)]


class Wanted(BaseModel):
    """What to look for: words, filters, or both."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=LONGEST_TEXT, description="Words that rank the tracks.")] = (
        ""
    )
    key: Annotated[Word, Field(description="Such as `F# minor` or `Bb`.")] = ""
    mode: Annotated[Word, Field(description="`major` or `minor`.")] = ""
    bpm_min: Annotated[float | None, Field(description="Beats a minute.")] = None
    bpm_max: Annotated[float | None, Field(description="Beats a minute.")] = None
    meter: Annotated[Word, Field(description="Such as `3/4`.")] = ""
    tag: Annotated[Words, Field(description="A genre, instrument or mood; all of them.")] = []
    any_tag: Annotated[Words, Field(description="One of these tags at least.")] = []
    not_tag: Annotated[Words, Field(description="What must not be heard; never let go.")] = []
    instrument: Annotated[Words, Field(description="All of them.")] = []
    voice: Annotated[Word, Field(description="`vocal` or `instrumental`.")] = ""
    duration_min: Annotated[float | None, Field(description="Seconds.")] = None
    duration_max: Annotated[float | None, Field(description="Seconds.")] = None
    lufs_min: Annotated[float | None, Field(description="Integrated loudness.")] = None
    lufs_max: Annotated[float | None, Field(description="Integrated loudness.")] = None
    year_min: Annotated[int | None, Field(ge=-9999, le=9999)] = None
    year_max: Annotated[int | None, Field(ge=-9999, le=9999)] = None
    chords: Annotated[Word, Field(description="Such as `ii-V-I`, in any key.")] = ""
    artist: Annotated[Word, Field(description="The name, or words of it.")] = ""
    sections: Annotated[bool, Field(description="Look for sections of tracks.")] = False
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class HitShape(BaseModel):
    """A track, or a section of one, that answers."""

    id: Annotated[str, Field(description="Of the track: see `/tracks/{id}`.")]
    title: str
    artist: str | None
    key: str | None
    bpm: float | None
    duration: Annotated[float | None, Field(description="Seconds.")]
    score: Annotated[float, Field(description="0 to 1, for comparing hits of one search.")]
    why: Annotated[list[str], Field(description="What matched.")]
    span: Annotated[list[float] | None, Field(description="Of a section, in seconds.")] = None
    label: Annotated[str | None, Field(description="Of a section.")] = None


class Answer(BaseModel):
    """What was found."""

    hits: Annotated[list[HitShape], Field(description="Best first.")]
    relaxed: Annotated[list[str], Field(description="Filters let go: nothing passed them.")]
    total: Annotated[int, Field(description="How many answer, the hits among them.")]

    model_config = example(
        {
            "hits": [
                {
                    "id": "b2c1d1b77e9a4ff0a6d5a5ee0d3f1c42",
                    "title": "Headache",
                    "artist": "Lost Deposit",
                    "key": "C minor",
                    "bpm": 92.0,
                    "duration": 72.1,
                    "score": 0.81,
                    "why": ["key C minor", "words: slow"],
                }
            ],
            "relaxed": [],
            "total": 1,
        }
    )


@router.get(
    "/search",
    response_model=Answer,
    response_model_exclude_unset=True,
    responses=responses(400, 401, 422),
)
async def search(wanted: Annotated[Wanted, Query()], desk: DeskOf) -> dict[str, Any]:
    """Search your tracks: words rank them, filters must hold. One filter is let go if none passes."""
    return await run_in_threadpool(found, desk.memory, wanted)


def found(memory: "TrackMemory", wanted: Wanted) -> dict[str, Any]:
    """Return what answers, as plain data."""
    from agent.search import Filters
    from agent.search import search as search_library

    filters = Filters(
        tags_all=tuple(wanted.tag),
        tags_any=tuple(wanted.any_tag),
        tags_not=tuple(wanted.not_tag),
        instruments=tuple(wanted.instrument),
        chord_progression=wanted.chords,
        **wanted.model_dump(
            exclude={
                *("q", "tag", "any_tag", "not_tag", "instrument", "chords", "sections", "limit"),
            }
        ),
    )
    answer = search_library(memory, wanted.q, filters, wanted.limit, wanted.sections)
    hits = [_told(memory, hit) for hit in answer.hits]
    return {"hits": hits, "relaxed": list(answer.relaxed), "total": answer.total}


def _told(memory: "TrackMemory", hit: "Hit") -> dict[str, Any]:
    row = memory.rows().get(hit.id)
    facts = row.facts if row else {}
    told = {
        "id": hit.id,
        "title": hit.title,
        "artist": facts.get("artist"),
        "key": f"{facts['tonic']} {facts['mode']}" if "tonic" in facts else None,
        "bpm": facts.get("bpm"),
        "duration": facts.get("duration"),
        "score": hit.score,
        "why": list(hit.why),
    }
    return told | ({"span": list(hit.span), "label": hit.label} if hit.span else {})
