"""Which thread a chat request of OpenAI's shape goes on in.

Such clients send all that was said with every question. A history that was told here goes on in its
thread, with the evidence of its answers; another one begins a thread as talk that nothing vouches for.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from agent.serving.desk import Desk
from agent.serving.openai_messages import WITHOUT_WORDS, Sound, Talk, Turn, history_digest


@dataclass(frozen=True)
class Place:
    """The thread of a request; `taken` is the history that it goes on from, "" for none."""

    thread: str
    taken: str = ""


async def place_of(desk: Desk, talk: Talk) -> Place:
    """Return the thread that a request goes on in, with its recordings.

    Raises
    ------
    UnknownUploadError
        If a recording is named that the user never sent.
    TooLarge, AudioDecodeError, StoreFull
        If one that is sent along can't be taken; see `Uploads.receive`.
    """
    new = await _uploads(desk, talk.now.sounds)
    digest = history_digest(talk.past) if talk.past else ""
    place = await asyncio.to_thread(_known_place, desk, digest) if digest else None
    if place is None:
        old = await _uploads(desk, [sound for turn in talk.past for sound in turn.sounds])
        place = await asyncio.to_thread(_new_place, desk, talk.past, old)
    if new:
        await asyncio.to_thread(desk.threads.add, place.thread, new)
    return place


def answered(desk: Desk, place: Place, talk: Talk, answer: str) -> None:
    """Keep that a thread goes on from here."""
    turn = Turn(talk.now.question, talk.now.sounds, answer)
    length = desk.threads.conversation(place.thread).length
    desk.threads.histories.remember(history_digest((*talk.past, turn)), place.thread, length)


def unanswered(desk: Desk, place: Place) -> None:
    """Let the thread be gone on with from where it was."""
    if place.taken:
        desk.threads.histories.give_back(place.taken)


# ---- inside -------------------------------------------------------------------------------------


def _known_place(desk: Desk, digest: str) -> Place | None:
    threads = desk.threads
    known = threads.histories.take(digest)
    if known is None:
        return None
    if known.head:
        return Place(known.thread, digest)
    before = threads.conversation(known.thread)
    kept = [track for track in before.library.ids if desk.memory.get(track)]
    thread = threads.create(kept, passing=True)
    threads.conversation(thread.id).fork(before, known.length)
    return Place(thread.id)


def _new_place(desk: Desk, past: Sequence[Turn], uploads: Sequence[str]) -> Place:
    thread = desk.threads.create(uploads, passing=True)
    if past:
        pairs = [(turn.words or WITHOUT_WORDS, turn.answer) for turn in past]
        desk.threads.conversation(thread.id).seed(pairs)
    return Place(thread.id)


async def _uploads(desk: Desk, sounds: Sequence[Sound]) -> list[str]:
    """Return the ids of recordings, received now where they were sent along."""
    ids: dict[str, None] = {}
    for sound in sounds:
        if sound.upload:
            upload = desk.uploads.get(sound.upload)
        else:
            upload = await desk.uploads.receive(sound.name, _whole(sound.content))
        ids[upload.id] = None
    return list(ids)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
