"""Drawings for pages, as SVG whose units are the page's pixels (pure).

It decides how a drawing is written down: no text breaks out of it, and its colours are the page's,
by the names of its style sheet. What is drawn, others decide.
"""

from __future__ import annotations

from html import escape


def drawing(wide_px: float, high_px: float, said: str, *inside: str) -> str:
    """A drawing with its words for who does not see it."""
    return element(
        "svg",
        *inside,
        viewBox=f"0 0 {_number(wide_px)} {_number(high_px)}",
        width=wide_px,
        height=high_px,
        role="img",
        aria_label=said,
    )


def element(name: str, *inside: str, **given: str | float) -> str:
    """An element; `stroke_width` is the attribute stroke-width, and `class_` is class."""
    attributes = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_number(value)}"' for key, value in given.items()
    )
    return f"<{name}{attributes}>{''.join(inside)}</{name}>"


def text(said: str, x: float, y: float, **given: str | float) -> str:
    """Words at a place."""
    return element("text", escape(said), x=x, y=y, **given)


def _number(value: str | float) -> str:
    """A value as an attribute has it: numbers to a tenth of a pixel."""
    return escape(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
