"""All gate protocols, in the order in which a device is asked. It knows no more of any of them."""

from __future__ import annotations

from pathlib import Path

from hardware.errors import StationError
from hardware.gates.alge import ALGE
from hardware.gates.chronopic import CHRONOPIC
from hardware.gates.fgp1 import FGP1
from hardware.gates.modem_lines import MODEM_LINES, MODEM_LINES_INVERTED
from hardware.gates.protocol import Protocol
from hardware.gates.tag_heuer import TAG_HEUER
from hardware.gates.wichro import WICHRO

# WICHRO before FGP/1: older receivers take all up to the next ';' for one command.
PROTOCOLS: tuple[Protocol, ...] = (
    WICHRO,
    FGP1,
    CHRONOPIC,
    ALGE,
    TAG_HEUER,
    MODEM_LINES,
    MODEM_LINES_INVERTED,
)


def protocol_named(name: str, definition: str | None = None) -> Protocol:
    """The protocol of that name, or the one that a TOML text of that name describes.

    Raises:
        StationError: There is no such protocol, or the text is no description of one.
    """
    if definition is not None:
        from hardware.gates.generic import described_protocol  # it loads what others never need

        return described_protocol(definition, name)
    for protocol in PROTOCOLS:
        if protocol.name == name:
            return protocol
    names = ", ".join(protocol.name for protocol in PROTOCOLS)
    raise StationError(f"no gate protocol '{name}'; write one of {names}, or a TOML file's path")


def protocol_given(text: str) -> Protocol:
    """What `--protocol` means: a name, or the path of a TOML file that describes another.

    Raises:
        StationError: There is no such protocol, or the file is no description of one.
    """
    if text.endswith(".toml") or Path(text).name != text:
        from hardware.gates.generic import generic_protocol  # it loads what others never need

        return generic_protocol(Path(text))
    return protocol_named(text)
