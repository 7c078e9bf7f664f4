"""The bytes of a multipart stream → its parts, as cameras send JPEGs over HTTP (pure).

It decides where a part begins and ends, whatever came between. It performs no I/O and looks into
no picture.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_HEADER_BYTES = 16_384
MOST_PART_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a stream.

    Attributes:
        headers: Its headers, names in lower case.
        body: What it holds.
    """

    headers: dict[str, str]
    body: bytes


class MultipartParser:
    """Takes bytes as they come; garbage between parts is left out."""

    def __init__(self, boundary: str) -> None:
        """Begin before the first part.

        Args:
            boundary: As the content type states it, with or without its dashes.
        """
        self._mark = b"--" + boundary.strip().strip('"').removeprefix("--").encode("latin-1")
        self._kept = bytearray()
        self._looked = 0  # so far into what is kept there is no end of a body
        self._headers: dict[str, str] | None = None

    def receive(self, data: bytes) -> list[Part]:
        """Take bytes.

        Returns:
            The parts that they complete.
        """
        self._kept += data
        parts = []
        while (part := self._next()) is not None:
            parts.append(part)
        return parts

    def _next(self) -> Part | None:
        while self._headers is None:
            if not self._read_headers():
                return None
        body = self._body(self._headers)
        if body is None:
            return None
        part = Part(self._headers, body)
        self._headers, self._looked = None, 0
        return part

    def _read_headers(self) -> bool:
        """Go on to the next part; False where more bytes are needed."""
        begun = self._kept.find(self._mark)
        if begun < 0:
            del self._kept[: max(0, len(self._kept) - len(self._mark))]
            return False
        del self._kept[:begun]
        ends = [
            (at, len(blank))
            for blank in (b"\r\n\r\n", b"\n\n")
            if 0 <= (at := self._kept.find(blank)) <= MOST_HEADER_BYTES
        ]
        if not ends:
            if len(self._kept) <= MOST_HEADER_BYTES:
                return False
            del self._kept[: len(self._mark)]  # no header at all: look for another
            return True
        end, blank_bytes = min(ends)
        lines = self._kept[:end].decode("latin-1").splitlines()[1:]
        fields = (line.partition(":") for line in lines)
        self._headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        del self._kept[: end + blank_bytes]
        return True

    def _body(self, headers: dict[str, str]) -> bytes | None:
        """The part's body, once all of it has come."""
        stated = headers.get("content-length", "")
        if stated.isdecimal() and int(stated) <= MOST_PART_BYTES:
            size = int(stated)
            if len(self._kept) < size:
                return None
            body = bytes(self._kept[:size])
        else:
            end = self._kept.find(self._mark, self._looked)
            if end < 0:
                self._looked = max(0, len(self._kept) - len(self._mark))
                if len(self._kept) <= MOST_PART_BYTES:
                    return None
                end = len(self._kept)
            body = bytes(self._kept[:end]).removesuffix(b"\n").removesuffix(b"\r")
            size = end
        del self._kept[:size]
        return body
