"""Multipart streams whole, byte by byte, and with garbage between."""

from __future__ import annotations

import numpy as np
import pytest

from hardware.multipart import MOST_HEADER_BYTES, MultipartParser

BODIES = [
    b"\xff\xd8one\xff\xd9",
    b"\xff\xd8two --almost\r\n--fram\r\n\xff\xd9",
    b"\xff\xd8\n3\r\n\xff\xd9",
]


def stream(*, length=True, newline=b"\r\n", between=b""):
    sent = b""
    for n, body in enumerate(BODIES):
        lines = [b"--frame", b"Content-Type: image/jpeg", b"x-TIMESTAMP: %d.5" % n]
        if length:
            lines.append(b"Content-Length: %d" % len(body))
        sent += newline.join(lines) + 2 * newline + body + newline + between
    return sent + b"--frame"


def received(data, size, boundary="frame"):
    parser = MultipartParser(boundary)
    return [
        part for at in range(0, len(data), size) for part in parser.receive(data[at : at + size])
    ]


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("boundary", ["frame", "--frame", '"frame"'])
@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_parts_are_found_however_they_are_cut(size, boundary, length, newline):
    parts = received(stream(length=length, newline=newline), size, boundary)
    assert [part.body for part in parts] == BODIES
    assert [part.headers["x-timestamp"] for part in parts] == ["0.5", "1.5", "2.5"]


@pytest.mark.parametrize("size", [1, 64, 10_000])
def test_garbage_between_parts_is_left_out(size):
    garbage = np.random.default_rng(2).bytes(3000).replace(b"--", b"xx")
    parts = received(garbage + stream(between=garbage), size)
    assert [part.body for part in parts] == BODIES


def test_what_never_ends_fills_no_memory():
    parser = MultipartParser("frame")
    for _ in range(100):
        assert parser.receive(b"\0" * 100_000) == []
        assert len(parser._kept) < 100_000
    assert parser.receive(b"--frame\r\n" + b"x" * 3 * MOST_HEADER_BYTES) == []
    assert len(parser._kept) <= MOST_HEADER_BYTES
    assert [part.body for part in parser.receive(stream())] == BODIES
