"""The base of all annotations."""

from dataclasses import asdict
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Annotation:
    """Base of all annotations: JSON-ready in both directions."""

    estimator: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for ``json.dumps``."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Build from what `to_dict` returned, or from its JSON."""
        return cls(**data)
