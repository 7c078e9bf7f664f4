"""Values as TOML writes them.

It decides how a text gets into a file that TOML reads again, whatever is in it. It writes no file.
"""

from __future__ import annotations

import json


def toml(value: object) -> str:
    """A text, a truth, a finite number or a list of these.

    JSON writes them as TOML does, but for the delete key's character, which TOML wants escaped,
    and for characters that JSON escapes in two halves, which TOML wants as they are.

    Args:
        value: That. Bytes of a file's name that are no text become question marks.
    """
    written = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return written.encode(errors="replace").decode()
