"""What a device said, frozen: nothing in here is interpreted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera or of a saved video.

    Attributes:
        pts_ns: Presentation timestamp of the source's own clock, in nanoseconds.
        luma: The brightness plane, shape (height_px, width_px), uint8, upright (rotation undone).
            A view on the decoder's buffer: copy the part that is to be kept.
    """

    pts_ns: int
    luma: NDArray[np.uint8]
