"""The page at ``/``, driven in a real browser against a real server."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect, sync_playwright
from synthesis import Truth

ROOT = Path(__file__).parent.parent
LAUNCH = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --mute-audio --disable-sync"
    " --disable-background-networking --disable-component-update"
    " --autoplay-policy=no-user-gesture-required"
).split()
PATIENCE = 60_000
HOSTILE = '<img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[str]:
    chosen = {
        "DATA_DIR": str(tmp_path_factory.mktemp("page")),
        "CACHE_DIR": str(cache_dir),
        "MODEL": "rules",
        "OFFLINE": "1",
        "SERVER_LEVEL": "quick",
        "WORKERS": "1",
    }
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MUSICOLOGUE_")}
    server = subprocess.Popen(
        [sys.executable, "server.py", "--port", "0"],
        cwd=ROOT,
        env=clean | {f"MUSICOLOGUE_{name}": value for name, value in chosen.items()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    said = server.stdout.readline()
    found = re.search(r"http://\S+", said)
    assert found, said
    yield found[0]
    server.terminate()
    server.communicate(timeout=60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(address)
    yield page
    context.close()
    assert not [w for w in wrong if "422" not in w]  # a browser notes each answer of that kind


def recording(place: Path, pop: Truth, title: str, first: int, last: int) -> Path:
    """Write some seconds of a song under a title."""
    samples, rate = soundfile.read(pop.path)
    soundfile.write(place, samples[first * rate : last * rate], rate)
    tags: Any = mutagen.File(place)
    tags["title"] = title
    tags.save()
    return place


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory, pop: Truth) -> Path:
    """A song of 20 s whose title is markup."""
    return recording(tmp_path_factory.mktemp("sent") / "song.flac", pop, HOSTILE, 0, 20)


def opened(page: Page, song: Path) -> None:
    """Have the song on the stage, sent unless it is there already."""
    tracks = page.locator("#tracks button")
    expect(page.locator("#tracks li").first).to_be_visible(timeout=PATIENCE)
    if tracks.count():
        tracks.first.click()
    else:
        page.set_input_files("#files", song)
        expect(page.locator("#jobs progress")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#desk")).to_be_visible(timeout=PATIENCE)


def place(page: Page) -> float:
    return float(page.evaluate("document.querySelector('#sound').currentTime"))


def past(page: Page, seconds: float) -> None:
    """Wait until the sound is past a place; the page lets no other script wait in it."""
    until = time.monotonic() + PATIENCE / 1000
    while place(page) <= seconds:
        assert time.monotonic() < until, f"still at {place(page)} s"
        page.wait_for_timeout(50)


def asked(page: Page, question: str) -> str:
    """Ask, and return the answer."""
    page.fill("#question", question)
    page.press("#question", "Enter")
    expect(page.locator("#stop")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#stop")).to_be_hidden(timeout=PATIENCE)
    return page.locator(".answer").last.inner_text()


def test_a_file_that_is_dropped_is_heard_and_talked_about(page: Page, song: Path) -> None:
    opened(page, song)
    assert page.locator("#title").inner_text() == HOSTILE  # as text: nothing of it ran
    assert page.title() == "Musicologue"
    assert "C major" in page.locator("#facts").inner_text()
    assert "C major" in asked(page, "What key is it in?")
    page.locator(".evidence summary").last.click()
    assert "C major" in page.locator(".evidence li").first.inner_text()


def test_a_time_in_an_answer_plays_from_there(page: Page, song: Path) -> None:
    opened(page, song)
    assert "0:08" in asked(page, "What happens at 0:08?")
    page.locator(".answer").last.locator("button.time", has_text="0:08").first.click()
    past(page, 8.05)
    assert 8 <= place(page) < 12
    expect(page.locator("#play")).to_have_text("Pause")
    expect(page.locator("#now")).to_contain_text("bar")


def test_it_is_used_with_the_keyboard_alone(page: Page, song: Path) -> None:
    opened(page, song)
    page.locator("#timeline").focus()
    before = page.locator("#now").inner_text()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    past(page, 1.0)
    assert page.locator("#now").inner_text() != before
    said = page.locator("#timeline").get_attribute("aria-valuetext")
    assert said and "bar" in said
    page.keyboard.press(" ")
    expect(page.locator("#play")).to_have_text("Pause")
    page.keyboard.press(" ")
    expect(page.locator("#play")).to_have_text("Play")
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id"))
    assert {"play", "in", "out", "question", "find", "choose"} <= reached


def test_what_is_no_sound_is_told_in_the_servers_words(page: Page, tmp_path: Path) -> None:
    fake = tmp_path / "notes.mp3"
    fake.write_text("this is a text", encoding="utf-8")
    page.set_input_files("#files", fake)
    note = page.locator(".notice")
    expect(note).to_contain_text("notes.mp3", timeout=PATIENCE)
    expect(note).to_contain_text("audio")
    expect(page.locator("#question")).to_be_enabled()


def test_it_fits_a_phone(page: Page, song: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    opened(page, song)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('button:not(.time)')].filter(b => b.offsetParent"
        " && b.getBoundingClientRect().height < 44).map(b => b.textContent)"
    )
    assert small == []
    canvas = page.locator("#timeline").bounding_box()
    assert canvas and canvas["width"] > 250


def test_it_is_the_track_on_the_stage(page: Page, song: Path, pop: Truth, tmp_path: Path) -> None:
    opened(page, song)
    assert "C major" in asked(page, "What key is it in?")
    page.set_input_files("#files", recording(tmp_path / "b.flac", pop, "Second song", 4, 16))
    expect(page.locator("#title")).to_have_text("Second song", timeout=PATIENCE)
    assert "Second song" in asked(page, "What is its title?")
    expect(page.locator("#said")).to_contain_text("About Second song")
