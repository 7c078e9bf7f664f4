"""Files that are written whole or not at all.

It decides how a file gets to its name: never half-written, not even if the power fails. It never
looks at what is in it.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hardware.errors import StationError

DRAFT = ".part"
FULL = (errno.ENOSPC, errno.EDQUOT)


def is_one(one: Path, other: Path) -> bool:
    """Whether two names are of one file, by any link, or would be if it were there."""
    same = one.resolve() == other.resolve()
    return same or (one.exists() and other.exists() and one.samefile(other))


def write_whole(path: Path, data: bytes, *, secret: bool = False) -> None:
    """Put bytes into a file so that it is never seen half-written.

    Args:
        path: Target. Where it exists and is no regular file, it is written to directly.
        data: All of the content.
        secret: Whether nobody else on this computer may read it.

    Raises:
        StationError: The target is a folder, its folder is missing, or may not be written.
    """
    with drafted(path) as draft:
        if secret:
            draft.touch(mode=0o600)
        draft.write_bytes(data)


def drafts(folder: Path) -> Iterator[Path]:
    """What is being written in a folder, and what was when somebody was killed."""
    return folder.glob(f".*{DRAFT}")


def real(path: Path) -> Path:
    """Where a name leads.

    Raises:
        StationError: It is a link that leads to itself.
    """
    try:
        return path.resolve()
    except RuntimeError:
        raise StationError(
            f"'{path}' is a link that leads to itself; delete it, or give another name"
        ) from None


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """Lend the name of a draft, which becomes the file when the block ends well.

    Args:
        path: Target. Where it exists and is no regular file, it is lent itself.

    Yields:
        Where to write.

    Raises:
        StationError: The target is a folder, its folder is missing, or may not be written.
    """
    try:
        if path.exists() and not path.is_file():
            yield path
            return
        target = real(path)  # a link stays a link
        # Each writer has its own, be it another thread of this program.
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}{DRAFT}")
        try:
            yield draft
            with draft.open("rb+") as written:
                os.fsync(written.fileno())  # else a power cut may leave the name without content
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        remedy = "see that its folder exists and is yours to write, or name another"
        if error.errno in FULL:
            remedy = "make room on its disk, or name another"
        raise StationError(f"cannot write {path} ({error.strerror}); {remedy}") from None
