"""Tracks through the door that programs use: sent, heard, looked at in parts, removed, and nobody else's."""

import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from collection_clips import write_clip
from fastapi.testclient import TestClient
from http_rig import ADDRESS, NEAR, events, heard, refused, send, served, service_of
from test_workers import Gate

from agent.http.app import create_app
from agent.serving.limits import Limits

if TYPE_CHECKING:
    pass  # what Starlette's client takes where it is there


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[TestClient]:
    gate = Gate()
    gate.open.set()
    service = served(tmp_path_factory.mktemp("server"), cache_dir, gate)
    with TestClient(create_app(service), base_url=ADDRESS, client=NEAR) as client:
        yield client


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.wav", 1, seconds=4.0).read_bytes()


@pytest.fixture(scope="module")
def track(client: TestClient, clip: bytes) -> str:
    """A track that was sent and heard."""
    job = heard(client, send(client, clip, "Evening Song.wav"))
    assert job["state"] == "done", job
    return str(job["track"])


# ---- sending ------------------------------------------------------------------------------------


def test_a_file_that_is_sent_is_heard(client: TestClient, clip: bytes) -> None:
    sent = send(client, clip, "Evening Song.wav", comment="a field beside it")
    told = sent.json()
    assert sent.headers["location"] == f"/jobs/{told['job']['id']}"
    assert told["upload"]["name"] == "Evening Song.wav" and told["upload"]["bytes"] == len(clip)
    assert told["job"]["upload"] == told["upload"]["id"]
    job = heard(client, sent)
    assert (job["state"], job["progress"], job["error"]) == ("done", 1.0, None)
    assert client.get(f"/jobs/{job['id']}").json() == job
    assert job in client.get("/jobs", params={"state": "done"}).json()
    again = send(client, clip, "other name.wav").json()
    assert again["job"]["state"] == "done" and again["job"]["track"] == job["track"]


BAD_FILES = {
    "nothing": (b"", "is empty"),
    "a text": (b"To be or not to be. " * 5000, "Cannot read 'song.mp3' as audio"),
    "a page": (b"<html><script>alert(1)</script>", "Cannot read 'song.mp3' as audio"),
    "half a file": (b"RIFF\x24\x10\x00\x00WAVEfmt ", "song.mp3"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_no_recording_is_422(client: TestClient, name: str) -> None:
    content, reason = BAD_FILES[name]
    before = client.get("/uploads").json()
    said = refused(send(client, content, "song.mp3"), 422)
    assert reason in said and "file-" not in said and "/" not in said.replace("M4A/AAC", "")
    assert client.get("/uploads").json() == before


def wav(frames: int, channels: int = 1, form: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros((frames, channels), np.int16), 8_000, format=form)
    return file.getvalue()


def test_one_sample_is_422_and_silence_is_a_track(client: TestClient) -> None:
    assert "one sample" in refused(send(client, wav(1)), 422)
    job = heard(client, send(client, wav(16_000), "silence.wav"))
    assert job["state"] == "done"
    about = client.get(f"/tracks/{job['track']}").json()
    assert {problem["task"] for problem in about["problems"]} >= {"key", "beats"}
    assert client.get(f"/tracks/{job['track']}/waveform").json()["peaks"]


def test_eight_channels_are_heard(client: TestClient) -> None:
    rng = np.random.default_rng(0)
    file = io.BytesIO()
    soundfile.write(file, rng.uniform(-0.5, 0.5, (24_000, 8)), 8_000, format="WAV")
    job = heard(client, send(client, file.getvalue(), "eight.wav"))
    assert job["state"] == "done"
    assert client.get(f"/tracks/{job['track']}").json()["channels"] == 8


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "a\x1b[2Jb\x07.wav",
        "\u202egpj.wav",
        "'; rm -rf /.wav",
    ],
    ids=repr,
)
def test_hostile_names_are_only_shown(client: TestClient, clip: bytes, name: str) -> None:
    content = clip + b"\0" * (1 + len(name))  # else it is the file that was sent before
    told = send(client, content, name).json()
    shown = told["upload"]["name"]
    assert shown and shown.isprintable() and "/" not in shown and "\\" not in shown
    job = heard(client, send(client, content, name))
    about = client.get(f"/tracks/{job['track']}")
    assert "\x1b" not in about.text and "\\u001b" not in about.text


def test_a_form_without_a_file_is_told_what_is_wanted(client: TestClient, clip: bytes) -> None:
    file = ("song.wav", clip)
    assert "in the field 'file'" in refused(client.post("/tracks", files={"sound": file}), 400)
    both = [("file", file), ("file", file)]
    assert "Send one file" in refused(client.post("/tracks", files=both), 400)
    assert "multipart/form-data" in refused(client.post("/tracks", content=clip), 415)
    torn = {"Content-Type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n--y'
    refused(client.post("/tracks", content=body, headers=torn), 400)
    assert "damaged" in refused(client.post("/tracks", content=b"\0\1\2", headers=torn), 400)
    field = {"comment": "x" * 20_000}
    refused(client.post("/tracks", files={"file": file}, data=field), 400)


def test_what_is_too_large_or_too_long_is_413(tmp_path: Path, cache_dir: Path) -> None:
    limits = Limits(upload_bytes=100_000, seconds=600.0)
    service = served(tmp_path, cache_dir, Gate(), limits)
    with TestClient(create_app(service), base_url=ADDRESS, client=NEAR) as client:
        assert "too large" in refused(send(client, wav(100_000)), 413)
        refused(send(client, bytes(2_000_000)), 413)
        bomb = wav(3600 * 8_000, form="FLAC")
        assert len(bomb) < 100_000
        assert "60 minutes, and 10 are the most" in refused(send(client, bomb, "bomb.flac"), 413)
        assert client.get("/uploads").json() == []
        assert not list((tmp_path / "uploads").iterdir())


def test_a_full_queue_is_429_with_a_time_to_come_again(
    tmp_path: Path, cache_dir: Path, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = served(tmp_path, cache_dir, Gate(), Limits(queue=1, queue_each=1))
    monkeypatch.setattr(service.workers, "start", lambda: None)
    with TestClient(create_app(service), base_url=ADDRESS, client=NEAR) as client:
        assert send(client, clip).status_code == 202
        full = send(client, wav(8_000))
        assert "waiting already" in refused(full, 429)
        assert int(full.headers["retry-after"]) >= 1
        assert len(client.get("/uploads").json()) == 1
        (job,) = client.get("/jobs").json()
        assert client.delete(f"/jobs/{job['id']}").json()["state"] == "cancelled"
        assert send(client, wav(8_000)).status_code == 202


# ---- looking ------------------------------------------------------------------------------------


def test_a_track_is_listed_and_told_without_paths(client: TestClient, track: str) -> None:
    listed = client.get("/tracks").json()
    (mine,) = [one for one in listed["tracks"] if one["id"] == track]
    assert mine["title"] == "Evening Song" and mine["level"] == "quick"
    assert listed["total"] == len(listed["tracks"])
    about = client.get(f"/tracks/{track}").json()
    assert about.items() >= mine.items() and {"beats", "key"} <= set(about["heard"])
    analysis = client.get(f"/tracks/{track}/analysis").json()
    assert analysis["track"] == {
        "id": track,
        "title": "Evening Song",
        "path": "Evening Song.wav",
        "duration": about["duration"],
    }
    assert analysis["key"]["tonic"] and analysis["beats"]["times"]
    folder = str(service_of(client).settings.data_dir)
    for told in (listed, about, analysis):
        assert folder not in json.dumps(told)
    assert client.get("/tracks", params={"limit": 1}).json()["tracks"] == listed["tracks"][:1]
    assert client.get("/tracks", params={"offset": 1}).json()["tracks"] == listed["tracks"][1:]


def test_sound_is_sent_whole_or_in_part(client: TestClient, track: str, clip: bytes) -> None:
    whole = client.get(f"/tracks/{track}/audio")
    assert whole.status_code == 200 and whole.content == clip
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-type"] == "audio/x-wav"
    assert "Evening%20Song.wav" in whole.headers["content-disposition"]
    part = client.get(f"/tracks/{track}/audio", headers={"Range": "bytes=100-199"})
    assert part.status_code == 206 and part.content == clip[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(clip)}"
    end = client.get(f"/tracks/{track}/audio", headers={"Range": "bytes=-10"})
    assert end.content == clip[-10:]
    beyond = client.get(f"/tracks/{track}/audio", headers={"Range": f"bytes={len(clip)}-"})
    assert beyond.status_code == 416


def test_the_outline_follows_the_sound(client: TestClient, track: str, clip: bytes) -> None:
    sound, rate = soundfile.read(io.BytesIO(clip))
    told = client.get(f"/tracks/{track}/waveform", params={"points": 50}).json()
    assert told["duration"] == pytest.approx(len(sound) / rate, abs=0.01)
    peaks = np.array(told["peaks"])
    assert peaks.shape == (50, 2) and (peaks[:, 0] <= peaks[:, 1]).all()
    assert np.abs(peaks).max() == 1.0
    loud = np.abs(sound[: len(sound) // 50 * 50]).reshape(50, -1).max(axis=1)
    assert np.corrcoef(loud, np.abs(peaks).max(axis=1))[0, 1] > 0.9
    assert client.get(f"/tracks/{track}/waveform", params={"points": 50}).json() == told
    assert client.get(f"/tracks/{track}/waveform", params={"points": 0}).status_code == 422


def test_stems_are_made_when_they_are_first_asked_for(client: TestClient, track: str) -> None:
    first = client.get(f"/tracks/{track}/stems/vocals")
    assert first.status_code == 202 and int(first.headers["retry-after"]) >= 1
    assert first.json()["kind"] == "separate" and first.json()["track"] == track
    states = events(client.get(f"{first.headers['location']}/events"))
    assert states[-1]["state"] == "done", states[-1]
    stem = client.get(f"/tracks/{track}/stems/vocals")
    assert stem.status_code == 200 and stem.headers["content-type"] == "audio/flac"
    sound, rate = soundfile.read(io.BytesIO(stem.content))
    duration = client.get(f"/tracks/{track}").json()["duration"]
    assert len(sound) / rate == pytest.approx(duration, abs=0.05)
    part = client.get(f"/tracks/{track}/stems/vocals", headers={"Range": "bytes=0-3"})
    assert part.status_code == 206 and part.content == b"fLaC"
    assert "vocals" in client.get(f"/tracks/{track}").json()["stems"]
    assert "no stem 'kazoo'" in refused(client.get(f"/tracks/{track}/stems/kazoo"), 404)
    assert client.get(f"/tracks/{track}/events").status_code == 200


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_picture_is_drawn(client: TestClient, track: str, form: str) -> None:
    picture = client.get(f"/tracks/{track}/picture", params={"form": form})
    assert picture.status_code == 200
    if form == "svg":
        assert picture.headers["content-type"].startswith("image/svg+xml")
        assert ET.fromstring(picture.text).tag.endswith("svg")
    else:
        assert picture.content.startswith(b"\x89PNG\r\n")
    assert client.get(f"/tracks/{track}/picture", params={"form": "exe"}).status_code == 422


def test_notes_are_written_down_when_they_are_first_asked_for(
    client: TestClient, track: str
) -> None:
    import mido

    first = client.get(f"/tracks/{track}/midi")
    assert first.status_code == 202 and first.json()["kind"] == "transcribe"
    states = events(client.get(f"{first.headers['location']}/events"))
    assert states[-1]["state"] == "done", states[-1]
    midi = client.get(f"/tracks/{track}/midi")
    assert midi.status_code == 200 and midi.headers["content-type"] == "audio/midi"
    assert "Evening%20Song.mid" in midi.headers["content-disposition"]
    file = mido.MidiFile(file=io.BytesIO(midi.content))
    played = [m for part in file.tracks for m in part if m.type == "note_on" and m.velocity]
    heard_notes = client.get(f"/tracks/{track}/analysis").json()["notes"]
    assert played and len(played) == len(heard_notes["pitches"])


def test_where_no_note_is_heard_there_is_no_midi(client: TestClient) -> None:
    track = heard(client, send(client, wav(20_000), "still.wav"))["track"]
    first = client.get(f"/tracks/{track}/midi")
    assert first.status_code == 202
    assert events(client.get(f"{first.headers['location']}/events"))[-1]["state"] == "done"
    assert "No notes were heard in 'still'" in refused(client.get(f"/tracks/{track}/midi"), 422)


@pytest.mark.parametrize("part", ["", "/analysis", "/audio", "/waveform", "/stems/vocals", "/midi"])
@pytest.mark.parametrize("track", ["0" * 32, "..", "%2e%2e%2fkeys", "x", "a" * 3000])
def test_unknown_tracks_are_404(client: TestClient, track: str, part: str) -> None:
    answer = client.get(f"/tracks/{track}{part}")
    assert str(Path.home()) not in answer.text
    if answer.url.path == "/tracks/.." or answer.url.path == "/":
        assert (
            "<title>Musicologue</title>" in answer.text
        )  # the client made the page's address of it
    else:
        assert answer.status_code in (404, 405)


def test_unknown_jobs_are_404(client: TestClient) -> None:
    for answer in (
        client.get("/jobs/nothing"),
        client.delete("/jobs/nothing"),
        client.get("/jobs/nothing/events"),
        client.get(f"/tracks/{'0' * 32}/events"),
        client.get(f"/tracks/{'0' * 32}/picture"),
        client.delete(f"/tracks/{'0' * 32}"),
        client.delete("/uploads/..%2fkeys"),
    ):
        assert answer.status_code == 404


# ---- removing, and others -----------------------------------------------------------------------


def test_a_removed_track_leaves_nothing(client: TestClient, tmp_path: Path) -> None:
    content = write_clip(tmp_path / "gone.wav", 7, seconds=2.0).read_bytes()
    sent = send(client, content, "Gone.wav")
    job, upload = heard(client, sent), sent.json()["upload"]["id"]
    track = job["track"]
    client.get(f"/tracks/{track}/waveform")
    client.get(f"/tracks/{track}/picture")
    assert client.delete(f"/tracks/{track}").status_code == 204
    for part in ("", "/audio", "/waveform", "/picture", "/analysis"):
        refused(client.get(f"/tracks/{track}{part}"), 404)
    assert upload not in [one["id"] for one in client.get("/uploads").json()]
    data = service_of(client).settings.data_dir
    left = [path for path in data.rglob("*") if track in path.name or upload in path.name]
    assert not left
    refused(client.delete(f"/tracks/{track}"), 404)


def test_a_file_can_go_and_what_was_heard_of_it_stays(client: TestClient, tmp_path: Path) -> None:
    content = write_clip(tmp_path / "brief.wav", 8, seconds=2.0).read_bytes()
    sent = send(client, content, "Brief.wav")
    track = heard(client, sent)["track"]
    assert client.delete(f"/uploads/{sent.json()['upload']['id']}").status_code == 204
    assert client.get(f"/tracks/{track}").json()["title"] == "Brief"
    assert "not here any more" in refused(client.get(f"/tracks/{track}/audio"), 404)
    assert client.get(f"/tracks/{track}/picture").status_code == 200
    assert heard(client, send(client, content, "Brief.wav"))["track"] == track
    assert client.get(f"/tracks/{track}/audio").content == content


def test_one_key_sees_nothing_of_another(client: TestClient, tmp_path: Path) -> None:
    service = service_of(client)
    anna, ben = service.accounts.add("anna"), service.accounts.add("ben")
    content = write_clip(tmp_path / "secret.wav", 9, seconds=2.0).read_bytes()
    sent = send(client, content, "Secret.wav", key=anna)
    job, upload = heard(client, sent, key=anna), sent.json()["upload"]["id"]
    track = job["track"]
    mine, theirs = ({"Authorization": f"Bearer {key}"} for key in (anna, ben))
    assert client.get(f"/tracks/{track}", headers=mine).status_code == 200
    addresses = [f"/jobs/{job['id']}", f"/jobs/{job['id']}/events"]
    addresses += [f"/tracks/{track}{part}" for part in ("", "/audio", "/analysis", "/waveform")]
    addresses += [f"/tracks/{track}{part}" for part in ("/picture", "/midi", "/stems/vocals")]
    for headers in (theirs, {}):
        for address in addresses:
            refused(client.get(address, headers=headers), 404)
        refused(client.delete(f"/tracks/{track}", headers=headers), 404)
        refused(client.delete(f"/uploads/{upload}", headers=headers), 404)
        assert "Secret" not in client.get("/tracks", headers=headers).text
        assert job["id"] not in client.get("/jobs", headers=headers).text
        assert upload not in client.get("/uploads", headers=headers).text
    # The same file sent by another is another's: heard for itself, and removed for itself.
    assert heard(client, send(client, content, "Mine.wav", key=ben), key=ben)["track"] == track
    assert client.get(f"/tracks/{track}", headers=theirs).json()["title"] == "Mine"
    assert client.delete(f"/tracks/{track}", headers=theirs).status_code == 204
    assert client.get(f"/tracks/{track}", headers=mine).json()["title"] == "Secret"
    for name in ("anna", "ben"):
        service.accounts.remove(name)
