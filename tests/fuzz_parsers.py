"""Coverage-guided fuzzing of every gate protocol, run by hand: `pip install atheris`, then
`python tests/fuzz_parsers.py -max_total_time=120` (libFuzzer's options; a folder keeps what it
found). An input is a protocol, and chunks with pauses before them. FGP/1 comes a second time with
every checksum made right, for no fuzzer finds one.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import product
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["hardware.gates"]):
    import hardware.gates
    from hardware.gates.fgp1 import FGP1, framed
    from hardware.gates.generic import generic_protocol
    from hardware.gates.known import PROTOCOLS
    from hardware.gates.protocol import Parser
    from hardware.readings import BeamEdge, GateReading, Missed, RoundTrip

EXAMPLE = Path(hardware.gates.__file__).with_name("example.toml")
ALL = [*PROTOCOLS, generic_protocol(EXAMPLE), FGP1]
PAUSES_NS = 0, 1_000_000, 50_000_000, 400_000_000, 3_000_000_000, 200_000_000_000
LONGEST_KEPT = 1 << 16
HELLO = b"H,1,flygate-avr,1.0.0,5F3A91C2,17,2,EQR*8A13\n"
SEEDS = (
    [b"E,41,2,B,0,1234567890*1D56\nE,42,2,R,0,1234601204*C2F2\nE,43,3,B,0,1235534890*45DB\n"],
    [HELLO, b"Q,0,0,1000,1100*\n", b"Q,1,0,4294967290,7*\n", b"S,43,0,9000000,CX,0,4980*\n"],
    [HELLO, b"E,1,1,B,0,1*\nE,4,1,B,0,4*\n", b"E,2,1,R,0,2*\n", b"N,3,4*\n", b"E,9,1,B,0,9*\n"],
    [HELLO, b"E,9,1,B,0,9000000*\n", b"E,1,1,B,0,5000*\n", HELLO.replace(b"17", b"18")],
    [b"5;215;0\r\n5;248;1\r\nWifi-Controller-4.10\r\n", b"5;215;0;3700\r\n5;214;1\r\n"],
    [b"X\x01\x00\x30\x39X\x00\x00\x10\x00JX\x01\xff\xff\xff", b"X\x01\x00", b"X\x00\x00\x01\x00"],
    [b" 0002 C0  10:27:28.4172 00=9\r?0300 C1  08:53:39.4922 00\r", b"NSF3.0\r"],
    [b"TN         4 M1  8:35:09.75300  8830\t0691\r\nT       134  1 20:02:45.766000\r"],
    [b"open CTS 1 DSR 0 123\nCTS 1 124\nDSR lost 3 125\n"],
    [b"T 1 123456 7\r\n", b"T 1 123457 9\r\n"],
)


def seed(chunks: list[bytes], which: int) -> bytes:
    """An input that says this; the provider takes its integers from the end."""
    numbers = [n for chunk in chunks for n in (1, len(chunk) - 1)]
    return b"".join(chunks) + bytes([*reversed(numbers), which])


def edges(readings: list[GateReading]) -> list[tuple[object, ...]]:
    return [
        (one.gate, one.blocked, one.device_ticks, one.epoch)
        for one in readings
        if isinstance(one, BeamEdge)
    ]


def converse(parser: Parser, question: bytes, chunks: list[tuple[int, bytes]]) -> None:
    """Feed a conversation, and hold what comes out to what is promised."""
    at_ns = 0
    parser.sent(question, at_ns)
    for pause_ns, data in chunks:
        at_ns += pause_ns
        for one in parser.receive(data, at_ns):
            if isinstance(one, BeamEdge):
                assert one.arrival_ns == at_ns
                assert one.stamp_sigma_s >= 0
                assert one.device_ticks is None or one.device_ticks >= 0
                assert 0 < len(one.gate) <= 256
            elif isinstance(one, Missed):
                assert one.edges >= 0
                assert len(one.why) < 1000
            elif isinstance(one, RoundTrip):
                assert one.answered_ticks >= one.received_ticks
        due = parser.due(at_ns)
        assert parser.due(at_ns) == due
        if due:
            parser.sent(due, at_ns)
    for kept in vars(parser).values():
        assert not hasattr(kept, "__len__") or len(kept) < LONGEST_KEPT


def one_input(data: bytes) -> None:
    source = atheris.FuzzedDataProvider(data)
    which = source.ConsumeIntInRange(0, len(ALL) - 1)
    protocol, checked = ALL[which], which == len(ALL) - 1
    chunks = []
    while source.remaining_bytes():
        pause_ns = PAUSES_NS[source.ConsumeIntInRange(0, len(PAUSES_NS) - 1)]
        data = source.ConsumeBytes(source.ConsumeIntInRange(1, 256))
        if checked:
            data = b"".join(framed(line.partition(b"*")[0]) for line in data.splitlines())
        chunks.append((pause_ns, data))
    converse(protocol.parser(), protocol.question, chunks)
    # Cut anywhere, the same bytes at the same time are the same edges.
    whole, cut = protocol.parser(), protocol.parser()
    expected = edges(whole.receive(b"".join(one[1] for one in chunks), 0))
    assert edges([one for _, part in chunks for one in cut.receive(part, 0)]) == expected


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, (chunks, which) in enumerate(product(SEEDS, range(len(ALL)))):
            (Path(folder) / f"{number}").write_bytes(seed(chunks, which))
        atheris.Setup([*sys.argv, folder], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
