"""Kinds of music apart from any recording: what they are, where they came up, who is known for them."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Kind:
    """One kind of music: a sentence about it, and what ends a list of instruments and of artists."""

    name: str
    text: str
    instruments: str
    artists: str

    @property
    def known_for(self) -> str:
        """Who is well known for it, as a sentence without its full stop."""
        return f"Well known for {self._said} are {self.artists}"

    @property
    def played_on(self) -> str:
        """What it is typically played on, as a sentence without its full stop."""
        return f"Typical of {self._said} are {self.instruments}"

    @property
    def _said(self) -> str:
        return f"the {self.name}" if self.name.endswith("period") else self.name


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the kinds of music by all their names, in lower case."""
    text = files("agent").joinpath("genres.toml").read_text("utf-8")
    return {
        name.casefold(): Kind(row["name"], row["text"], row["instruments"], row["artists"])
        for row in tomllib.loads(text)["genre"]
        for name in (row["name"], *row["also"])
    }


@cache
def names_pattern() -> str:
    """Return a pattern of all names, the longest first."""
    return "|".join(sorted(map(re.escape, kinds()), key=len, reverse=True))
