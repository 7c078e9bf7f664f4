"""The page that is printed or sent: all of it in one file, nobody's but whose it is, readable."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC
from html.parser import HTMLParser
from importlib.resources import files
from xml.etree import ElementTree

import pytest
from drills import START, at, opened, run

from station.report.page import to_page
from station.report.plots import recoveries, velocities
from station.report.rows import report
from station.session import events as ev
from station.session.folding import fold
from station.session.roster import Athlete

MOMENT = "2026-05-02T17:30:00.000Z"
AA = 4.5  # WCAG 2.2, 1.4.3: contrast of text
VOID_ELEMENTS = {"meta", "br"}


def page(*names, athlete=None, events=()):
    """The page of a session in which each of these ran three times, the second too early."""
    told = [ev.WindNoted(at(1), 1, -1.3)]
    rep = 0
    for place, name in enumerate(names):
        for end_s in (15, 150, 400):
            rep += 1
            end_s += 20 * place
            told.append(ev.Ran(at(end_s), name, rep, run(end_s, flags=("torso",))))
    told += [ev.Passed(at(900), 900, run(900, fly_s=5.55), "in another lane"), *events]
    session = fold([opened(*names), ev.Began(START), *told])
    found = report("Ana and Ben", MOMENT, "3 x 30m", session, lambda ns: MOMENT)
    return to_page(found if athlete is None else found.only(athlete), UTC).decode()


class Reader(HTMLParser):
    """Keeps the text, what is open, and every address that is asked for."""

    def __init__(self, text):
        super().__init__()
        self.words, self.open, self.addresses, self.tags = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)
        self.addresses += [
            value for name, value in attrs if name in ("src", "href", "xlink:href", "action")
        ]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_it_asks_for_nothing_from_anywhere_and_runs_nothing():
    text = page("Ana", "Ben")
    read = Reader(text)
    assert read.open == []
    assert not {"script", "link", "img", "iframe", "object"} & {*read.tags}
    assert all(address.startswith("#") for address in read.addresses)
    assert not re.search(r"url\((?!#)|@import|https?:", text.replace("&quot;", ""))


def test_it_says_what_a_coach_asks():
    words = " ".join(Reader(page("Ana")).words)
    for said in (
        "Saturday, 2 May 2026",
        "3 x 30m",
        "400 m in 58.00 s is 6.90 m/s: 30 m below 4.35 s beats it.",
        "✓ faster by 21 %",
        "3.60 ± 0.01",
        "8.33 ± 0.01",
        "2:02 ± 1 s of 3:00",
        "cut short by 58 s",
        "Head wind 1.3 m/s",
        "torso: The head could not be followed",
        "in another lane",
    ):
        assert said in words


def test_reps_of_400_m_pace_say_how_long_they_were_and_hand_times_no_more_than_is_known():
    kind = "400-pace"
    reps = tuple(
        ev.PlannedRep(n, 1 + n // 3, m, 150.0) for n, m in ((1, 100.0), (2, 200.0), (3, 100.0))
    )
    group = (ev.Entry(Athlete("Ana", 58.0), reps),)
    events = [
        ev.Opened(0, kind, group), ev.Began(START),
        ev.TypedIn(at(40), "Ana", 1, at(40), 14.514), ev.TypedIn(at(300), "Ana", 2, at(300), 28.42),
        ev.Voided(at(310), 2), ev.Withdrawn(at(320), "Ana", "shin sore"),
    ]  # fmt: skip
    found = report("", MOMENT, "", fold(events), lambda ns: MOMENT)
    shown = to_page(found, UTC).decode()
    words = [" ".join(one.split()) for one in Reader(shown).words]
    for said in ("Set 1", "100 m", "200 m", "14.5 ± 0.2", "28.4 ± 0.2", "100 m: 6.9 ± 0.1",
                 "stopped: shin sore", "void"):  # fmt: skip
        assert said in words
    assert shown.count('<span class="tag">by hand</span>') == 2
    assert not any("14.51" in one or "28.42" in one for one in words)


def test_each_velocity_and_each_recovery_is_drawn():
    assert page("Ana").count("<svg") == 2
    started = (ev.RepDone(at(15), "Ana", 1), ev.Skipped(at(16), "Ana", 2))
    session = fold([opened("Ana"), ev.Began(START), *started])
    nothing_timed = report("", MOMENT, "", session, lambda ns: MOMENT)
    assert "<svg" not in to_page(nothing_timed).decode()


def test_one_athletes_page_has_no_trace_of_another():
    names = ("Ana", "Čeněk Öberg", "Zebulon")
    whole, alone = page(*names), page(*names, athlete="Zebulon")
    for other in ("Ana", "Čeněk", "Öberg", "another lane", "5.55 ±"):
        assert other in whole
        assert other not in alone
    assert "Zebulon, Saturday, 2 May 2026" in alone
    assert alone.count("<svg") == 2


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", 'O\'Neil & "sons"', "{{ 7 * 7 }}", "=1+1", "李小龙 🏃"]
)
def test_any_name_arrives_as_it_is(name):
    read = Reader(page(name))
    assert name in read.words
    assert "script" not in read.tags


def test_the_same_session_gives_the_same_page():
    assert page("Ana", "Ben") == page("Ana", "Ben")


def rows(*names):
    events = [
        ev.Ran(at(15), "Ana", 1, run(15)),
        ev.Ran(at(210), "Ana", 2, run(210, fly_s=5.0)),
        ev.TypedIn(at(400), "Ana", 3, at(400), 3.7),
        ev.Voided(at(401), 3),
        ev.Ran(at(800), "Ana", 4, run(800, fly_s=58 * 30 / 400)),
    ]
    session = fold([opened("Ana"), ev.Began(START), *events])
    return report("", MOMENT, "", session, lambda ns: MOMENT).people[0].rows


def test_a_plot_takes_its_colours_from_the_page_and_shares_a_name_only_with_its_like():
    drawn = [velocities(rows(), {"400 m pace": 6.9}), recoveries(rows())]
    known: dict[str, bytes] = {}
    for svg, _ in drawn:
        root = ElementTree.fromstring(svg.replace("<svg", '<svg xmlns:xlink="x"', 1))
        ids = {one.get("id"): ElementTree.tostring(one) for one in root.iter() if one.get("id")}
        used = set(re.findall(r"#([\w.]+)", svg))
        assert used == {*ids}  # what is referred to is there, and no colour is left
        assert "var(--" in svg
        assert "font-family" not in svg
        assert all(known.setdefault(name, one) == one for name, one in ids.items())
    said = {words for _, _, words in drawn[0][1]}
    assert said == {
        "beats 400 m pace", "does not beat it", "cannot tell", "void", "400 m pace 6.90 m/s",
    }  # fmt: skip


def palettes():
    """The colours of the page by name: in the light, in the dark, and on paper."""
    style = files("station.report").joinpath("report.html.jinja").read_text("utf-8")
    return [
        dict(re.findall(r"--(\w+): (#\w{6})", one))
        for one in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark", "paper"])
def test_every_text_stands_out(palette):
    for ground in ("paper", "tint"):
        for text in ("ink", "muted", "good", "bad", "doubt", "line"):
            darker, lighter = sorted((luminance(palette[ground]), luminance(palette[text])))
            assert (lighter + 0.05) / (darker + 0.05) >= AA, (ground, text)


def test_what_draws_is_loaded_only_when_a_page_is_asked_for():
    code = (
        "import sys; from station.cli import main; main(['export', '--help']) if 0 else None\n"
        "import station.commands.history, station.journal.reading, station.report.files\n"
        "print([name for name in ('matplotlib', 'jinja2', 'xlsxwriter') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
