"""The one error family: what went wrong in words that a coach can act on.

It lives in the lowest layer so that every layer can raise it. It never catches anything.
"""

from __future__ import annotations


class StationError(Exception):
    """Something the user can mend. The message says what happened, the value seen, the remedy."""
