"""Names of files made of titles: other people's text, on any system that people have."""

import re
import unicodedata

from tools.titles import clean_text

LONGEST = 120
"""Bytes in UTF-8: a file name holds 255, and an ending is still to come."""

RESERVED = frozenset(
    ["CON", "PRN", "AUX", "NUL", *(f"{port}{i}" for port in ("COM", "LPT") for i in range(10))]
)
"""Devices of Windows, whatever ending stands behind them."""

FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


def safe_name(title: str, otherwise: str = "untitled") -> str:
    """Return a title as the name of a file, without an ending.

    There are no separators in it, no dots or blanks at its ends, no names of devices, and it is
    short; letters of all scripts stay.
    """
    text = unicodedata.normalize("NFC", clean_text(title))
    text = " ".join(FORBIDDEN.sub(" - ", text).split())
    text = _ends(text.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore"))
    if not text:
        return otherwise
    return f"{text}_" if text.partition(".")[0].strip().upper() in RESERVED else text


def _ends(text: str) -> str:
    """Return a name without what must not stand at its ends."""
    return text.strip(" .-~").strip()
