"""Names of files made from titles, which are other people's text."""

import re
import unicodedata

LONGEST = 80
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that Windows keeps for devices."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


def safe_name(title: str) -> str:
    """Return a title as it can stand as the name of a file or folder on every system.

    It holds no separator, no control character, no leading dot, is no reserved name, and is
    never empty or longer than 80 characters.
    """
    text = "".join(c for c in title if unicodedata.category(c)[0] != "C")
    text = _UNSAFE.sub("-", text).strip(" .-")[:LONGEST].rstrip(" .-")
    if RESERVED.fullmatch(text):
        text = f"{text}_"
    return text or "untitled"
