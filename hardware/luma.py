"""The brightness of a decoded frame, without colour conversion wherever the format allows it.

It decides how to get 8 bits of brightness out of each pixel format. It knows no file, no time and
no rotation.
"""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

LUMA_8BIT = frozenset(
    f"yuv{kind}{sampling}p"
    for kind in ("", "a", "j")
    for sampling in (410, 411, 420, 422, 440, 444)
) | {"gray", "nv12", "nv16", "nv21", "nv24"}
"""Pixel formats whose first plane is brightness, one byte per pixel."""
LUMA_16BIT = {
    f"yuv{sampling}p{bits}le": bits - 8 for sampling in (420, 422, 444) for bits in (10, 12)
} | {"p010le": 8, "p016le": 8, "gray10le": 2, "gray12le": 4}
"""Formats whose first plane is brightness in two bytes, and the shift that leaves the upper 8 bits.

Phones film HDR in 10 bits; the shift takes a twentieth of the time of FFmpeg's conversion."""


def luma(frame: VideoFrame) -> NDArray[np.uint8]:
    """Brightness as stored (limited or full range), not turned upright.

    Args:
        frame: As the decoder returned it.

    Returns:
        Shape (height, width), uint8, read-only: a view on the decoder's picture where that has an
        8-bit plane of it, else a new array.
    """
    shift = LUMA_16BIT.get(frame.format.name)
    if shift is None and frame.format.name not in LUMA_8BIT:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, -1)
    if plane.line_size < 0:  # stored bottom-up
        rows = rows[::-1]
    if shift is None:
        brightness = rows[:, : frame.width]
    else:
        brightness = np.empty((frame.height, frame.width), np.uint8)
        words = rows.view(np.uint16)[:, : frame.width]
        np.right_shift(words, shift, out=brightness, casting="unsafe")
    brightness.flags.writeable = False  # the decoder still predicts from it
    return brightness
