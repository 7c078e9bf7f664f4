"""All gate protocols, in the order in which a device is asked. It knows no more of any of them."""

from __future__ import annotations

from hardware.errors import StationError
from hardware.gates.alge import ALGE
from hardware.gates.chronopic import CHRONOPIC
from hardware.gates.fgp1 import FGP1
from hardware.gates.protocol import Protocol
from hardware.gates.tag_heuer import TAG_HEUER
from hardware.gates.wichro import WICHRO

# WICHRO before FGP/1: older receivers take all up to the next ';' for one command.
PROTOCOLS: tuple[Protocol, ...] = (WICHRO, FGP1, CHRONOPIC, ALGE, TAG_HEUER)


def protocol_named(name: str) -> Protocol:
    """The protocol of that name; raises `StationError` where there is none."""
    for protocol in PROTOCOLS:
        if protocol.name == name:
            return protocol
    names = ", ".join(protocol.name for protocol in PROTOCOLS)
    raise StationError(f"no gate protocol '{name}'; it is one of {names}, or a TOML file's path")
