"""Where the rows of a sheet are drawn: axes in seconds, colours, and text that fits."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, GREY, PALE = "#1a1a1a", "#5f5f5f", "#c8c8c8"
BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY = (
    "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"
)  # fmt: skip
"""Okabe & Ito (2008): told apart by the colour-blind, and by their greys."""

POINT = 1 / 72
"""Inches."""


@dataclass(frozen=True)
class Space:
    """Where a row is drawn: axes from `start` to `end` seconds, `width` x `height` inches."""

    axes: "Axes"
    start: float
    end: float
    width: float
    height: float

    @property
    def inches(self) -> float:
        """Inches a second."""
        return self.width / (self.end - self.start)

    def write(self, x: float, y: float, text: str, size: float, **style: Any) -> None:
        """Write text at seconds and a height; `style` as matplotlib's."""
        usual: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "parse_math": False}
        self.axes.text(x, y, text, fontsize=size, **(usual | style))

    def block(self, start: float, end: float, low: float, high: float, **style: Any) -> None:
        """Draw a rectangle, cut to the stretch."""
        from matplotlib.patches import Rectangle

        a, b = max(start, self.start), min(end, self.end)
        self.axes.add_patch(Rectangle((a, low), b - a, high - low, **style))

    def visible(self, start: float, end: float) -> float:
        """Return how many inches of a span are seen."""
        return max(0.0, min(end, self.end) - max(start, self.start)) * self.inches


class Row(ABC):
    """One row: its name in the margin and its height in inches before the page is filled."""

    name = ""
    height = 0.2
    elastic = False  # whether it takes the room that is left on the page
    blank = False  # whether there is nothing to draw

    @abstractmethod
    def draw(self, space: Space) -> None:
        """Draw the stretch."""


def pretty(text: str) -> str:
    """Return a key or chord with real signs: ``"Bbm7b5/Ab"`` is ``"B♭m7♭5/A♭"``."""
    text = re.sub(r"(?<=[A-G])b|b(?=\d)", "♭", text)
    return text.replace("#", "♯")


@cache
def _renderer() -> Any:
    from matplotlib.backends import backend_agg

    kind: Any = backend_agg.RendererAgg
    return kind(8, 8, 720)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a text is drawn, in inches."""
    from matplotlib.font_manager import FontProperties

    renderer: Any = _renderer()
    font = FontProperties(size=size, weight=weight)
    width, _, _ = renderer.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 720


def fitted(text: str, size: float, room: float, weight: str = "normal") -> str:
    """Return a text cut with an ellipsis to so many inches."""
    if text_width(text, size, weight) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle].rstrip() + "…", size, weight) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"
