"""Results out: JSON and CSV, written whole or not at all.

It decides the files' form and that a target can be written before the long work starts. It never
computes a result.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from contextlib import ExitStack
from dataclasses import asdict, fields
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.errors import StationError
from hardware.files import drafted, is_one, real
from station.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from station.run import Findings

STDOUT = ("-", "/dev/stdout")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet run a cell


def to_json(*found: Findings, array: bool = False) -> bytes:
    """All that was found as the documented JSON, UTF-8, seconds to the microsecond.

    Args:
        found: What each recording gave.
        array: Whether it is an array of objects; else the object of a single recording.
    """
    objects = [
        {
            "recording": one.recording,
            "fly_m": one.fly_m,
            "frames": one.frames,
            "duration_s": one.duration_s,
            "runs": [asdict(run) for run in one.runs],
            "incomplete": [asdict(passage) for passage in one.incomplete],
            "warnings": one.warnings,
        }
        for one in found
    ]
    document = objects if array else objects[0]
    text = json.dumps(rounded(document), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", "replace")


def to_csv(*found: Findings) -> bytes:
    """One row a run, the JSON's keys as header; safe to open in a spreadsheet, UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = [field.name for field in fields(Run)]
    writer.writerow(["recording", "fly_m", "run", *keys])
    for one in found:
        for number, run in enumerate(one.runs, start=1):
            row = {**asdict(run), "flags": " ".join(run.flags)}
            cells = [one.recording, one.fly_m, number, *(row[key] for key in keys)]
            writer.writerow([_cell(cell) for cell in cells])
    return text.getvalue().encode("utf-8", "replace")


def rounded(value: object) -> object:
    """The same with every float at 6 decimals; JSON knows no infinity, so null stands for it."""
    if isinstance(value, float):
        return round(value, 6) if isfinite(value) else None
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return value


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return rounded(value)


def check_target(target: str, inputs: Iterable[Path]) -> None:
    """Refuse a target that could not be written, before anything is computed.

    Args:
        target: A file's name; "-" is standard output.
        inputs: Files that are read or kept, there or not, which the target must not overwrite.

    Raises:
        StationError: It is a folder or an input, or its folder is missing or read-only.
    """
    if target in STDOUT:
        return
    path = Path(target)
    where = real(path)
    if path.is_dir():
        raise StationError(f"cannot write '{target}': it is a folder; give a file's name in it")
    if any(is_one(where, real(one)) for one in inputs):
        raise StationError(f"will not write over the input '{target}'; give another name")
    if path.exists() and not path.is_file():
        needed = path
    elif where.parent.is_dir():
        needed = where.parent
    else:
        raise StationError(
            f"cannot write '{target}': there is no folder '{path.parent}'; make it first"
        )
    if not os.access(needed, os.W_OK):
        raise StationError(f"cannot write '{target}': '{needed}' is read-only; choose another")


def write(contents: Mapping[str, bytes]) -> None:
    """Write files whole, all of them or none; what is no regular file is written to directly.

    Args:
        contents: What to write to each target that `check_target` accepted.

    Raises:
        StationError: A file cannot be written; standard output may have been by then.
    """
    for target in contents.keys() & set(STDOUT):
        sys.stdout.flush()
        sys.stdout.buffer.write(contents[target])
        sys.stdout.buffer.flush()
    with ExitStack() as drafts:
        for target in contents.keys() - set(STDOUT):
            drafts.enter_context(drafted(Path(target))).write_bytes(contents[target])
