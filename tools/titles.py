"""What a file says about itself: title, artist, album and year, as untrusted text.

Knows tags and text, no samples. The text is shown, searched and quoted to a model; it is never
obeyed, so what could disguise or steer a line (control characters, terminal sequences, bidirectional
overrides, invisible letters) is taken out here, once.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

LIMIT = 200
"""Characters kept of a value: longer titles exist only to do harm."""

KEYS = {
    "title": ("title", "TIT2", "Title"),
    "artist": ("artist", "TPE1", "Author"),
    "album": ("album", "TALB", "WM/AlbumTitle"),
    "year": ("date", "TDRC", "TYER", "WM/Year", "year"),
}
"""Name -> its keys: in easy tags and Vorbis comments, in bare ID3 (WAV, AIFF), in ASF (WMA)."""

_TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)|\x9b[0-?]*.?"
)
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef]"
)


def read_titles(path: str | Path) -> dict[str, str]:
    """Return those of title, artist, album and year that the file's tags hold.

    Damaged tags count as none: this never raises because of what is in the file.
    """
    tags = _tags(Path(path))
    found = {name: _text(tags, keys) for name, keys in KEYS.items()}
    return {name: text for name, text in found.items() if text}


def clean_text(text: str, limit: int = LIMIT) -> str:
    """Return untrusted text on one line: printable characters only, cut to `limit`."""
    text = _INVISIBLE.sub("", _TERMINAL.sub(" ", text[: 20 * limit]))
    visible = (c for c in text if unicodedata.category(c) != "Cf")
    return " ".join("".join(c if c.isprintable() else " " for c in visible).split())[
        :limit
    ].rstrip()


def _tags(path: Path) -> Any:
    import mutagen

    try:
        file = mutagen.File(str(path), easy=True)
    except Exception as error:  # a parser of untrusted bytes: whatever it trips over, no tags
        log.info("no tags read from %s: %s", clean_text(path.name), clean_text(str(error)))
        return None
    return None if file is None else file.tags


def _text(tags: Any, keys: Iterable[str]) -> str:
    for key in keys:
        try:
            values = tags.get(key) if tags is not None else None
            values = getattr(values, "text", values)
            values = values if isinstance(values, list | tuple) else [values] if values else []
            text = clean_text(" / ".join(str(value)[: 20 * LIMIT] for value in values[:20]))
        except Exception as error:  # containers that refuse unknown keys, frames that do not decode
            log.info("tag %s is unreadable: %s", key, clean_text(str(error)))
            continue
        if text:
            return text
    return ""
