"""The prompts that an MCP host offers to a person; their texts are in ``prompts/``."""

from collections.abc import Mapping
from dataclasses import dataclass

import prompts
from tools.errors import MusicToolError
from tools.titles import clean_text

LONGEST = 1000


@dataclass(frozen=True)
class Asked:
    """One prompt; `arguments` are their names with what each says."""

    name: str
    title: str
    about: str
    arguments: Mapping[str, str]

    def text(self, given: Mapping[str, str]) -> str:
        """Return the text of the prompt, filled in.

        Raises
        ------
        MusicToolError
            If an argument is missing.
        """
        if lacking := [name for name in self.arguments if not given.get(name, "").strip()]:
            raise MusicToolError(f"'{self.name}' needs {', '.join(lacking)}.")
        values = {name: clean_text(given[name], LONGEST) for name in self.arguments}
        return prompts.load(f"mcp_{self.name}", **values)


RECORDING = "path of a sound file, or handle of an open track such as #1"

PROMPTS = (
    Asked(
        "describe_recording",
        "Describe a recording",
        "What a recording is like: tempo, key, form, chords, sound, and what stands out.",
        {"recording": RECORDING},
    ),
    Asked(
        "compare_recordings",
        "Compare two recordings",
        "What two recordings share, where they differ, and whether one can follow the other.",
        {"first": RECORDING, "second": RECORDING},
    ),
    Asked(
        "practice_sheet",
        "Practise a song",
        "A sheet for playing along: key, tempo, form, and the chords of each section.",
        {"recording": RECORDING, "instrument": "what is played, such as guitar"},
    ),
)
