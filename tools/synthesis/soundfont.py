"""Sound banks: SoundFont 2 files (.sf2), and those whose samples are Ogg Vorbis (.sf3).

What is read is what the player uses: which sample sounds at a key and a velocity, and with which
settings ("generators"). Modulators are not read; what the default ones do to loudness the player
does itself. Source: "SoundFont Technical Specification", version 2.04 (E-mu Systems, 2006).

A bank may be any file that a user names: whatever is wrong with it ends in one `WeightsError`.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError

Sound = NDArray[np.float32]

PERCUSSION = 128
"""The bank number of drum kits."""

MOST_SECONDS = 120
"""A sample longer than this is no note."""

COMPRESSED = 0x10
"""The flag of a sample that is Ogg Vorbis."""

PRESETS = np.dtype(
    [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "V12")]
)
INSTRUMENTS = np.dtype([("name", "S20"), ("bag", "<u2")])
BAGS = np.dtype([("first", "<u2"), ("modulator", "<u2")])
SETTINGS = np.dtype([("what", "<u2"), ("amount", "<i2")])
SAMPLES = np.dtype(
    [
        ("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"),
        ("loop_end", "<u4"), ("rate", "<u4"), ("pitch", "u1"), ("correction", "i1"),
        ("link", "<u2"), ("kind", "<u2"),
    ]
)  # fmt: skip
TABLES = {
    b"phdr": PRESETS, b"pbag": BAGS, b"pgen": SETTINGS, b"inst": INSTRUMENTS, b"ibag": BAGS,
    b"igen": SETTINGS, b"shdr": SAMPLES,
}  # fmt: skip


class Setting(IntEnum):
    """Generators by number, as section 8.1.2 of the specification has them."""

    START, END, LOOP_START, LOOP_END, START_COARSE = range(5)
    VIBRATO_PITCH, MOVE_PITCH, CUTOFF, RESONANCE = 6, 7, 8, 9
    MOVE_CUTOFF, END_COARSE = 11, 12
    PAN = 17
    VIBRATO_DELAY, VIBRATO_RATE = 23, 24
    MOVE_DELAY, MOVE_ATTACK, MOVE_HOLD, MOVE_DECAY, MOVE_SUSTAIN = range(25, 30)
    DELAY, ATTACK, HOLD, DECAY, SUSTAIN, RELEASE, KEY_TO_HOLD, KEY_TO_DECAY = range(33, 41)
    INSTRUMENT, KEYS, VELOCITIES, LOOP_START_COARSE = 41, 43, 44, 45
    KEY, VELOCITY, ATTENUATION = 46, 47, 48
    LOOP_END_COARSE, COARSE_TUNE, FINE_TUNE, SAMPLE, LOOPS = 50, 51, 52, 53, 54
    SCALE, ROOT = 56, 58


UNSET = {
    Setting.CUTOFF: 13500, Setting.SCALE: 100, Setting.ROOT: -1, Setting.KEY: -1,
    Setting.VELOCITY: -1,
    **dict.fromkeys(
        (
            Setting.VIBRATO_DELAY, Setting.MOVE_DELAY, Setting.MOVE_ATTACK, Setting.MOVE_HOLD,
            Setting.MOVE_DECAY, Setting.DELAY, Setting.ATTACK, Setting.HOLD, Setting.DECAY,
            Setting.RELEASE,
        ),
        -12000,
    ),
}  # fmt: skip
"""What holds where a bank says nothing; of all others 0."""

RANGES = (Setting.KEYS, Setting.VELOCITIES)
ABSOLUTE = frozenset(
    (
        Setting.START, Setting.END, Setting.LOOP_START, Setting.LOOP_END, Setting.START_COARSE,
        Setting.END_COARSE, Setting.LOOP_START_COARSE, Setting.LOOP_END_COARSE, Setting.KEY,
        Setting.VELOCITY, Setting.LOOPS, Setting.ROOT, Setting.SAMPLE, Setting.INSTRUMENT, *RANGES,
    )
)  # fmt: skip
"""What a preset does not add to its instruments'."""

Settings = Mapping[int, int]


@dataclass(frozen=True, eq=False)
class Zone:
    """What sounds at some keys and velocities: one sample and its settings.

    Parameters
    ----------
    sound : float32 in [-1, 1], shape=(n,)
    loop : from and to, in samples; None where it does not repeat
    rate : hertz at which the sound has the pitch `root`
    root : MIDI number, with its correction
    """

    sound: Sound
    loop: tuple[int, int] | None
    rate: int
    root: float
    settings: Settings

    def __getitem__(self, what: Setting) -> int:
        return self.settings.get(what, UNSET.get(what, 0))

    def seconds(self, what: Setting) -> float:
        """Return a time, which banks hold in timecents."""
        return float(2.0 ** (min(self[what], 8000) / 1200))


@dataclass(eq=False)
class Bank:
    """One opened bank."""

    name: str
    tables: Mapping[bytes, NDArray[Any]]
    pcm: NDArray[np.uint8]
    _found: dict[tuple[int, int, int, int], list[Zone]] = field(default_factory=dict, repr=False)
    _decoded: dict[int, Sound] = field(default_factory=dict, repr=False)
    _kept: dict[tuple[tuple[int, int], ...], Zone] = field(default_factory=dict, repr=False)

    def has(self, program: int, bank: int = 0) -> bool:
        """Return whether there is a preset of that number."""
        return self._preset(program, bank) is not None

    def zones(self, program: int, key: int, velocity: int, bank: int = 0) -> list[Zone]:
        """Return what sounds together when a key is struck; empty where nothing does.

        The same zone is the same object whenever it is asked for.

        Raises
        ------
        WeightsError
            If the bank is damaged.
        """
        asked = (program, key, velocity, bank)
        if asked not in self._found:
            with _careful(self.name):
                self._found[asked] = list(self._zones(program, key, velocity, bank))
        return self._found[asked]

    def _preset(self, program: int, bank: int) -> int | None:
        presets = self.tables[b"phdr"][:-1]
        (found,) = np.nonzero((presets["program"] == program) & (presets["bank"] == bank))
        return int(found[0]) if found.size else None

    def _zones(self, program: int, key: int, velocity: int, bank: int) -> Iterator[Zone]:
        preset = self._preset(program, bank)
        if preset is None:
            return
        for outer in self._layers(b"p", preset, Setting.INSTRUMENT):
            if not _covers(outer, key, velocity):
                continue
            for inner in self._layers(b"i", outer[Setting.INSTRUMENT], Setting.SAMPLE):
                if _covers(inner, key, velocity):
                    settings = _joined(inner, outer)
                    same = tuple(sorted(settings.items()))
                    if same not in self._kept:
                        self._kept[same] = self._zone(settings)
                    yield self._kept[same]

    def _layers(self, level: bytes, index: int, wanted: Setting) -> Iterator[dict[int, int]]:
        """Yield the settings of each zone of a preset or instrument, its global ones filled in."""
        heads = self.tables[b"phdr" if level == b"p" else b"inst"]
        bags, all_settings = self.tables[level + b"bag"], self.tables[level + b"gen"]
        common: dict[int, int] = {}
        first, last = int(heads[index]["bag"]), int(heads[index + 1]["bag"])
        for place in range(first, last):
            rows = all_settings[int(bags[place]["first"]) : int(bags[place + 1]["first"])]
            found = {int(row["what"]): int(row["amount"]) for row in rows}
            if wanted in found:
                yield common | found
            elif place == first:
                common = found

    def _zone(self, settings: dict[int, int]) -> Zone:
        number = settings[Setting.SAMPLE]
        head = self.tables[b"shdr"][:-1][number]
        sound = self._sound(number, head)
        root = settings.get(Setting.ROOT, -1)
        root = root if root >= 0 else int(head["pitch"])
        base = 0 if head["kind"] & COMPRESSED else int(head["start"])

        def moved(what: Setting, coarse: Setting) -> int:
            return settings.get(what, 0) + 32768 * settings.get(coarse, 0)

        skipped = moved(Setting.START, Setting.START_COARSE)
        end = sound.size + moved(Setting.END, Setting.END_COARSE)
        low = int(head["loop_start"]) - base + moved(Setting.LOOP_START, Setting.LOOP_START_COARSE)
        high = int(head["loop_end"]) - base + moved(Setting.LOOP_END, Setting.LOOP_END_COARSE)
        loops = settings.get(Setting.LOOPS, 0) & 1 and 0 <= skipped <= low < high <= sound.size
        return Zone(
            sound[max(0, skipped) : max(0, end)] if not loops else sound[skipped:high],
            (low - skipped, high - skipped) if loops else None,
            int(head["rate"]),
            (60 if root > 127 else root) - int(head["correction"]) / 100,
            settings,
        )

    def _sound(self, number: int, head: np.void) -> Sound:
        if number not in self._decoded:
            start, end, rate = int(head["start"]), int(head["end"]), int(head["rate"])
            if not 0 < rate <= 384_000:
                raise ValueError("a sample has no rate")
            if head["kind"] & COMPRESSED:
                sound = _vorbis(self.pcm[start:end].tobytes())
            else:
                sound = self.pcm[2 * start : 2 * end].view("<i2").astype(np.float32)
                sound /= 32768
            if not 0 < sound.size <= MOST_SECONDS * rate:
                raise ValueError("a sample is empty or too long")
            self._decoded[number] = sound
        return self._decoded[number]


def open_bank(path: Path) -> Bank:
    """Open a bank; samples are read when they are first played.

    Raises
    ------
    WeightsError
        If it is not there, or no SoundFont.
    """
    with _careful(path.name):
        content = np.memmap(path, np.uint8, "r")
        if bytes(content[:4]) != b"RIFF" or bytes(content[8:12]) != b"sfbk":
            raise ValueError("it is no SoundFont")
        chunks = dict(_chunks(content, 12, content.size))
        tables = {
            name: np.frombuffer(chunks[name].tobytes(), kind) for name, kind in TABLES.items()
        }
        if any(table.size < 1 for table in tables.values()):
            raise ValueError("a table is empty")
        return Bank(path.name, tables, chunks[b"smpl"])


# ---- inside -------------------------------------------------------------------------------------


@contextmanager
def _careful(name: str) -> Iterator[None]:
    """Turn whatever a broken bank leads to into one sentence."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if isinstance(error, (LookupError, TypeError)):
            reason = "it is damaged"
        raise WeightsError(
            f"Cannot play with the sound bank '{name}': {reason.rstrip('.')}. Name a SoundFont "
            "file (.sf2 or .sf3), or none to play with the bank that is fetched."
        ) from error


def _chunks(
    content: NDArray[np.uint8], start: int, end: int
) -> Iterator[tuple[bytes, NDArray[np.uint8]]]:
    """Yield the chunks of a RIFF file by name, those in lists too."""
    while start + 8 <= end:
        name = content[start : start + 4].tobytes()
        size = int.from_bytes(content[start + 4 : start + 8].tobytes(), "little")
        if start + 8 + size > end:
            raise ValueError("it is cut off")
        if name == b"LIST":
            yield from _chunks(content, start + 12, start + 8 + size)
        else:
            yield name, content[start + 8 : start + 8 + size]
        start += 8 + size + size % 2


def _covers(settings: Settings, key: int, velocity: int) -> bool:
    for what, value in zip(RANGES, (key, velocity), strict=True):
        if what in settings:
            low, high = settings[what] & 0xFF, (settings[what] >> 8) & 0xFF
            if not low <= value <= high:
                return False
    return True


def _joined(inner: Settings, outer: Settings) -> dict[int, int]:
    """Return an instrument's settings with those added that its preset gives."""
    joined = dict(inner)
    for what, amount in outer.items():
        if what not in ABSOLUTE:
            usual = UNSET.get(Setting(what), 0) if what in Setting._value2member_map_ else 0
            joined[what] = inner.get(what, usual) + amount
    return joined


def _vorbis(content: bytes) -> Sound:
    import soundfile

    samples, _ = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    sound: Sound = np.ascontiguousarray(samples[:, 0])
    return sound
