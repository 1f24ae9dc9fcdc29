"""JSON that every reader accepts: no NaN, no infinities, no numpy, no lone surrogates."""

import json
import math
from collections.abc import Mapping
from typing import Any

_SEPARATORS = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}


def dumps(value: object) -> str:
    """Return `value` as strict JSON; what has no number (NaN, infinity) is null.

    Line separators are escaped: to every reader it is one line.
    """
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
    return text.translate(_SEPARATORS)


def plain(value: object) -> Any:
    """Return `value` as dicts, lists, strings, ints, finite floats, booleans and None.

    Anything else is told by its ``str``; numpy numbers and arrays by their ``tolist``.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):  # a file name may hold bytes that are no UTF-8: lone surrogates
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {plain(str(k)): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(map(plain, value), key=str)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return plain(str(value))
