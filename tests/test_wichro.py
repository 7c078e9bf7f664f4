from __future__ import annotations

import pytest

from hardware.gates.wichro import WICHRO
from hardware.readings import BeamEdge, Greeting, Missed

GREETING = (
    b"Wifi-Controller-4.3\r\nthe instructions are [termNum]:[command];\r\n"
    b"NumTerm\tTime\tState\r\n------------------------\r\nRCA in INPUT\r\n"
)


def edges(data: bytes) -> list[BeamEdge]:
    parser = WICHRO.parser()
    return [one for one in parser.receive(data, 7) if isinstance(one, BeamEdge)]


def test_its_own_example() -> None:
    assert edges(b"5;215;0\r\n5;248;1\r\n") == [
        BeamEdge("5", True, 215, 7, 0.002),
        BeamEdge("5", False, 248, 7, 0.002),
    ]


def test_who_it_is_and_its_headings() -> None:
    assert WICHRO.parser().receive(GREETING, 7) == [Greeting("WICHRO 4.3", None, None, (), 7)]


def test_an_answer_to_a_ping_or_about_the_battery_is_no_edge() -> None:
    assert WICHRO.parser().receive(b"5;215;0;3700\r\nterminals:1;2;\r\n", 7) == []


@pytest.mark.parametrize(
    "line", [b"64;215;0", b"5;4294967296;0", b"5;215;2", b"5;;0", b"5;21\x805;0", b"5;215", b"\xff"]
)
def test_a_garbled_line_is_said_and_is_no_edge(line: bytes) -> None:
    readings = WICHRO.parser().receive(b"1;1;0\r\n" + line + b"\r\n2;2;0\r\n", 7)
    assert [type(one) for one in readings] == [BeamEdge, Missed, BeamEdge]


def test_the_rest_of_a_line_at_the_opening_is_not_complained_of() -> None:
    assert WICHRO.parser().receive(b"15;0\r\n", 7) == []


def test_the_count_goes_on_where_its_32_bits_wrap() -> None:
    before, after = edges(b"1;4294967290;0\r\n1;10;1\r\n")
    assert before.device_ticks is not None
    assert after.device_ticks == before.device_ticks + 16
    assert after.epoch == before.epoch


def test_a_count_that_begins_anew_is_another_epoch() -> None:
    before, after, later = edges(b"1;90000;0\r\n1;10;1\r\n1;20;0\r\n")
    assert (before.epoch, after.epoch, later.epoch) == (0, 1, 1)


def test_it_is_never_told_to_do_anything() -> None:
    parser = WICHRO.parser()
    parser.receive(GREETING, 0)
    assert parser.due(0) == parser.due(10**12) == b""
