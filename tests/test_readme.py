"""Every command of the README is run, and says what the README shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from station.flags import MEANING

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(part.split("\n", 1) for part in re.split(r"^##? ", README, flags=re.M)[1:])


def _shown(block: str) -> list[tuple[str, list[str]]]:
    """Each `station` command of a block with the lines shown under it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:].split(" && ")[-1], []))
        elif found and line.strip():
            found[-1][1].append(" ".join(line.split()))
    return [(command, lines) for command, lines in found if command.startswith("station ")]


def _blocks(text: str) -> list[str]:
    return re.findall(r"```console\n(.*?)```", text, re.DOTALL)


COMMANDS = {
    title: shown
    for title, text in SECTIONS.items()
    if (shown := [one for block in _blocks(text) for one in _shown(block)])
}

STAYS = {"demo", "open"}  # until they are told to stop


@pytest.mark.parametrize("section", COMMANDS)
def test_the_commands_of_a_section_do_what_is_shown(section: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "recordings", tmp_path / "recordings")
    for command, shown in COMMANDS[section]:
        if command.split()[1] in STAYS:
            _stays_until_told(command, tmp_path)
            continue
        if command == "station selftest":
            continue  # it takes a minute, and is run by its own tests
        words = [sys.executable, "-m", "station", *shlex.split(command, comments=True)[1:]]
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=_environment(tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        said = [" ".join(line.split()) for line in done.stdout.splitlines() if line.strip()]
        if shown:
            assert said == shown


def _stays_until_told(command: str, home: Path) -> None:
    """It serves a page, and ends in order when it is told to."""
    words = [sys.executable, "-m", "station", *shlex.split(command)[1:]]
    with subprocess.Popen(
        [*words, "--no-browser", "--port", "0"],
        cwd=home,
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stderr is not None
        try:
            said = next(line for line in running.stderr if "the console: " in line)
            with urllib.request.urlopen(said.split()[-1]) as page:
                assert b"<!doctype html>" in page.read()
            if "demo" in words:  # it is stopped in mid-session
                with urllib.request.urlopen(f"{said.split()[-1]}api/events") as feed:
                    assert any(b'"now":{' in line for line in feed), "no session is on"
        finally:
            running.send_signal(signal.SIGINT)
        assert running.wait() == 0, running.stderr.read()


def _environment(home: Path) -> dict[str, str]:
    ours = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "XDG_DATA_HOME": str(home)}
    return {**os.environ, **ours}


def test_there_are_commands_to_run() -> None:
    assert sum(map(len, COMMANDS.values())) >= 16


def test_each_command_of_a_session_is_run() -> None:
    run = {command.split()[1] for command, _ in COMMANDS["A workout, called aloud"]}
    assert run >= {"plan", "run", "sessions", "export", "replay", "forget"}


def test_the_two_first_commands_are_the_two_of_the_product() -> None:
    firsts = [block.splitlines()[0] for block in _blocks(README)[:2]]
    assert firsts == [
        "$ pip install . && station demo",
        "$ pip install -e '.[test]' && pytest",
    ]


def test_every_flag_is_documented_as_it_is() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.*?) \|$", README, re.MULTILINE))
    assert {flag: rows.get(str(flag)) for flag in MEANING} == dict(MEANING)


def test_the_sample_is_rendered_as_the_readme_says() -> None:
    import recordings

    assert recordings.__doc__ is not None
    said = re.search(r"`station simulate (recordings/fly30\.mp4 [^`]*)`", README)
    assert said is not None
    options = " ".join(recordings.__doc__.replace("\\\n", " ").split())
    assert said[1] in options
