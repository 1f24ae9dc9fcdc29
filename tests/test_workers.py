"""Workers of a server: what they hear once, whom they serve first, and what outlives a kill."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from collection_clips import Queue, write_clip, write_clips
from serving import ANNA, BEN, Place, nothing, opened

from agent.collection.pool import OnProgress, Outcome, PoolError
from agent.collection.removing import remove
from agent.collection.worker import Analysed, Progress, analyse
from agent.collection.worker import Job as Work
from agent.serving.accounts import LOCAL, User
from agent.serving.errors import QueueFull, UnknownJobError, UnknownUploadError
from agent.serving.jobs import Job
from agent.serving.limits import Limits
from agent.stems import StemShelf
from tools.errors import UnknownTrackError

ROOT = Path(__file__).parent.parent
LONG = 60.0


class Gate(Queue):
    """A pool of one in this process, which hears when it is let; knows what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.dropped: list[str] = []
        self.open = threading.Event()
        self.tell: OnProgress = nothing
        self.analyse: Callable[[Work, Progress], Analysed] = analyse
        self.fails: Exception | None = None

    def __call__(self, size: int, on_progress: OnProgress) -> "Gate":
        self.tell = on_progress
        return self

    def wait(self, seconds: float) -> list[Outcome]:
        if self.fails:
            error, self.fails = self.fails, None
            raise error
        if not self.open.wait(seconds) or not self._left:
            return []
        job = self._left.pop(0)
        return [Outcome(job, self.analyse(job, partial(self.tell, job.path)))]

    def drop(self, path: str) -> None:
        self.dropped.append(path)
        self._left = [job for job in self._left if job.path != path]

    def close(self) -> None:
        self._left.clear()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def place(tmp_path: Path, cache_dir: Path, gate: Gate) -> Iterator[Place]:
    with opened(tmp_path / "data", cache_dir, Limits(queue=6, queue_each=4), gate) as place:
        yield place


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_clips(tmp_path_factory.mktemp("clips"), 8, seconds=2.0)


# ---- in processes of their own ------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[Place]:
    with opened(tmp_path_factory.mktemp("real"), cache_dir) as place:
        place.workers.start()
        yield place


@pytest.fixture
def long(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "long.wav", 99, seconds=300.0)


def test_a_process_hears_what_is_sent_and_it_is_remembered(real: Place, clips: list[Path]) -> None:
    upload = real.send(clips[0], name="Morning Song.wav")
    job = real.workers.submit(LOCAL, "listen", upload.id)
    states = list(real.workers.watch(LOCAL, job.id, LONG))
    assert states[0].state == "queued" and states[-1].state == "done"
    fractions = [s.progress for s in states]
    assert fractions == sorted(fractions) and any(0 < f < 1 for f in fractions)
    assert {"decoding", "finding the beat"} & {s.doing for s in states}
    desk = real.desks.of(LOCAL)
    record = desk.memory.get(states[-1].track)
    assert record is not None and record.title == "Morning Song"
    assert "Morning Song" in record.words and record.path == str(upload.path)
    assert record.annotations.keys() >= {"beats", "key", "chords", "level"}
    assert real.workers.get(LOCAL, job.id) == real.jobs.get(job.id)

    made = real.workers.submit(LOCAL, "separate", track=record.id)
    assert real.workers.wait(LOCAL, made.id, LONG).state == "done"
    stems = StemShelf(desk.folder / "stems", real.desks.bench.store).find(record.id)
    assert stems is not None and "vocals" in stems.files


def begun(place: Place, path: Path, user: User) -> Job:
    """Send a file, and return its job once it is being heard."""
    job = place.workers.submit(user, "listen", place.send(path, user).id)
    return next(state for state in place.workers.watch(user, job.id, LONG) if state.progress > 0)


def test_a_long_hearing_is_cancelled_at_once_and_the_next_one_begins(
    real: Place, clips: list[Path], long: Path
) -> None:
    job = begun(real, long, ANNA)
    next_job = real.workers.submit(ANNA, "listen", real.send(clips[1], ANNA).id)
    assert real.workers.cancel(ANNA, job.id).state == "cancelled"
    assert real.workers.wait(ANNA, next_job.id, LONG).state == "done"
    assert real.workers.get(ANNA, job.id).state == "cancelled"
    assert len(real.desks.of(ANNA).memory.ids()) == 1


def test_a_killed_process_costs_the_job_it_was_at(
    real: Place, clips: list[Path], long: Path
) -> None:
    job = begun(real, long, BEN)
    next_job = real.workers.submit(BEN, "listen", real.send(clips[1], BEN).id)
    hearing = [child for child in multiprocessing.active_children() if "hearing" in child.name]
    assert hearing
    for child in hearing:
        child.kill()
    failed = real.workers.wait(BEN, job.id, LONG)
    assert failed.state == "failed" and "was killed" in failed.error
    assert real.workers.wait(BEN, next_job.id, LONG).state == "done"
    assert real.workers.alive


# ---- the queue ----------------------------------------------------------------------------------


def test_a_full_queue_refuses_and_tells_when_to_come_again(place: Place, clips: list[Path]) -> None:
    uploads = [place.send(clip) for clip in clips]
    for upload in uploads[:4]:
        place.workers.submit(LOCAL, "listen", upload.id)
    with pytest.raises(QueueFull, match="4 of your jobs are waiting") as refusal:
        place.workers.submit(LOCAL, "listen", uploads[4].id)
    assert 1 <= refusal.value.retry_after <= 600
    for clip in clips[:2]:  # others still may
        place.workers.submit(ANNA, "listen", place.send(clip, ANNA).id)
    with pytest.raises(QueueFull, match="6 jobs are waiting"):
        place.workers.submit(BEN, "listen", place.send(clips[0], BEN).id)
    assert len(place.jobs.under_way()) == 6


def test_users_take_turns(place: Place, gate: Gate, clips: list[Path]) -> None:
    for upload in [place.send(clip, ANNA) for clip in clips[:3]]:
        place.workers.submit(ANNA, "listen", upload.id)
    other = place.workers.submit(BEN, "listen", place.send(clips[3], BEN).id)
    place.workers.start()
    first = next(job for job in place.workers.of(ANNA))
    assert list(place.workers.watch(ANNA, first.id, 0.2))[-1].state == "running"
    gate.open.set()
    place.workers.wait(BEN, other.id, LONG)
    mine = [place.workers.wait(ANNA, job.id, LONG) for job in place.workers.of(ANNA)]
    theirs = place.workers.get(BEN, other.id)
    assert [job.finished < theirs.finished for job in mine] == [True, False, False]


def test_asking_twice_is_one_job_and_what_is_known_is_done_at_once(
    place: Place, gate: Gate, clips: list[Path]
) -> None:
    upload = place.send(clips[0])
    job = place.workers.submit(LOCAL, "listen", upload.id)
    assert place.workers.submit(LOCAL, "listen", upload.id).id == job.id
    gate.open.set()
    place.workers.start()
    done = place.workers.wait(LOCAL, job.id, LONG)
    assert place.workers.submit(LOCAL, "listen", upload.id) == done
    by_track = place.workers.submit(LOCAL, "listen", track=done.track)
    assert by_track.state == "done" and len(gate.heard) == 1


def test_the_same_sound_under_two_names_is_heard_once(
    place: Place, gate: Gate, clips: list[Path], tmp_path: Path
) -> None:
    import soundfile

    sound, rate = soundfile.read(clips[0], dtype="int16")
    other = tmp_path / "other.flac"
    soundfile.write(other, sound, rate)
    ids = [place.send(path).id for path in (clips[0], other)]
    assert ids[0] != ids[1]
    jobs = [place.workers.submit(LOCAL, "listen", i) for i in ids]
    gate.open.set()
    place.workers.start()
    tracks = {place.workers.wait(LOCAL, job.id, LONG).track for job in jobs}
    assert len(tracks) == 1 and len(gate.heard) == 1


def test_what_was_heard_is_indexed_before_anybody_searches(
    place: Place, gate: Gate, clips: list[Path]
) -> None:
    gate.open.set()
    place.workers.start()
    job = place.workers.submit(LOCAL, "listen", place.send(clips[0]).id)
    track = place.workers.wait(LOCAL, job.id, LONG).track
    memory = place.desks.of(LOCAL).memory
    until = time.monotonic() + LONG
    while memory._ahead and time.monotonic() < until:
        time.sleep(0.01)
    place.workers.stop()
    assert not memory._ahead and (memory.folder / "chroma").exists()
    assert memory.ids() == (track,) and memory.check() == []


def test_one_user_sees_nothing_of_another(place: Place, clips: list[Path]) -> None:
    upload = place.send(clips[0], ANNA)
    job = place.workers.submit(ANNA, "listen", upload.id)
    for act in (place.workers.get, place.workers.cancel, place.workers.wait, place.workers.watch):
        with pytest.raises(UnknownJobError):
            act(BEN, job.id)
    assert place.workers.of(BEN) == []
    with pytest.raises(UnknownUploadError):
        place.workers.submit(BEN, "listen", upload.id)
    with pytest.raises(UnknownTrackError):
        place.workers.submit(BEN, "separate", track="0" * 32)
    assert place.workers.get(ANNA, job.id).state == "queued"


def test_a_queued_job_is_cancelled_without_being_heard(
    place: Place, gate: Gate, clips: list[Path]
) -> None:
    job = place.workers.submit(LOCAL, "listen", place.send(clips[0]).id)
    assert place.workers.cancel(LOCAL, job.id).state == "cancelled"
    other = place.workers.submit(LOCAL, "listen", place.send(clips[1]).id)
    gate.open.set()
    place.workers.start()
    assert place.workers.wait(LOCAL, other.id, LONG).state == "done"
    assert len(gate.heard) == 1
    assert place.workers.cancel(LOCAL, other.id).state == "done"


def test_what_can_not_be_decoded_fails_in_words_of_the_user(
    place: Place, gate: Gate, clips: list[Path]
) -> None:
    upload = place.send(clips[0], name="Broken.wav")
    upload.path.write_bytes(b"RIFF rubbish")
    job = place.workers.submit(LOCAL, "listen", upload.id)
    gate.open.set()
    place.workers.start()
    failed = place.workers.wait(LOCAL, job.id, LONG)
    assert failed.state == "failed" and "Broken.wav" in failed.error
    assert upload.id not in failed.error and str(upload.path.parent) not in failed.error


def test_a_header_that_lies_does_not_let_a_long_sound_in(
    tmp_path: Path, cache_dir: Path, gate: Gate
) -> None:
    with opened(tmp_path / "data", cache_dir, Limits(seconds=1.5), gate) as place:
        long = write_clip(tmp_path / "long.wav", 5, seconds=2.0)
        upload = place.send(write_clip(tmp_path / "short.wav", 4, seconds=1.0))
        upload.path.write_bytes(long.read_bytes())  # longer than was told when it came
        job = place.workers.submit(LOCAL, "listen", upload.id)
        gate.open.set()
        place.workers.start()
        failed = place.workers.wait(LOCAL, job.id, LONG)
        assert failed.state == "failed" and "hours long" in failed.error


def test_a_stop_queues_again_what_is_not_done(
    tmp_path: Path, cache_dir: Path, clips: list[Path]
) -> None:
    closed, ready = Gate(), Gate()
    with opened(tmp_path, cache_dir, make_pool=closed) as place:
        job = place.workers.submit(LOCAL, "listen", place.send(clips[0]).id)
        place.workers.start()
        while place.workers.get(LOCAL, job.id).state == "queued":
            time.sleep(0.01)
        place.workers.stop(grace=0.1)
        assert not place.workers.alive
        assert place.jobs.get(job.id).state == "queued" and place.jobs.get(job.id).begun == 0
    ready.open.set()
    with opened(tmp_path, cache_dir, make_pool=ready) as place:
        place.workers.start()
        assert place.workers.wait(LOCAL, job.id, LONG).state == "done"


def test_a_stop_waits_for_what_is_nearly_done(
    tmp_path: Path, cache_dir: Path, gate: Gate, clips: list[Path]
) -> None:
    with opened(tmp_path, cache_dir, make_pool=gate) as place:
        job = place.workers.submit(LOCAL, "listen", place.send(clips[0]).id)
        place.workers.start()
        while place.workers.get(LOCAL, job.id).state == "queued":
            time.sleep(0.01)
        gate.open.set()
        place.workers.stop(grace=LONG)
        assert place.jobs.get(job.id).state == "done"


def test_a_job_that_ended_three_servers_is_given_up(place: Place, clips: list[Path]) -> None:
    job = place.workers.submit(LOCAL, "listen", place.send(clips[0]).id)
    for _ in range(3):
        place.jobs.begin(job.id)
        place.jobs.requeue()
    place.workers.start()
    failed = place.workers.wait(LOCAL, job.id, LONG)
    assert failed.state == "failed" and "ended each time" in failed.error


def test_where_no_process_can_be_started_jobs_wait_and_it_is_told(
    place: Place, gate: Gate, clips: list[Path]
) -> None:
    gate.fails = PoolError("No process can be started.")
    job = place.workers.submit(LOCAL, "listen", place.send(clips[0]).id)
    place.workers.start()
    until = time.monotonic() + LONG
    while place.workers.alive and time.monotonic() < until:
        time.sleep(0.01)
    assert not place.workers.alive
    gate.open.set()
    place.workers._dispatcher.wake()
    assert place.workers.wait(LOCAL, job.id, LONG).state == "done"
    assert place.workers.alive


def test_a_bug_in_hearing_fails_the_job_and_is_no_news_to_users(
    place: Place, gate: Gate, clips: list[Path]
) -> None:
    def broken(job: Work, progress: object) -> Analysed:
        return Analysed(job.path, reason="Something went wrong inside (KeyError).", inside=True)

    gate.analyse = broken
    job = place.workers.submit(LOCAL, "listen", place.send(clips[0]).id)
    gate.open.set()
    place.workers.start()
    assert place.workers.wait(LOCAL, job.id, LONG).error.startswith("Something went wrong inside")


def test_a_track_that_was_forgotten_is_heard_again(
    place: Place, gate: Gate, clips: list[Path]
) -> None:
    upload = place.send(clips[0])
    gate.open.set()
    place.workers.start()
    first = place.workers.wait(LOCAL, place.workers.submit(LOCAL, "listen", upload.id).id, LONG)
    memory = place.desks.of(LOCAL).memory
    record = memory.get(first.track)
    assert record is not None
    remove(memory, record)
    again = place.workers.wait(LOCAL, place.workers.submit(LOCAL, "listen", upload.id).id, LONG)
    assert again.track == first.track and memory.get(first.track) is not None
    assert len(gate.heard) == 2
