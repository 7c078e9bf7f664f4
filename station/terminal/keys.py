"""What each key means: keys to what a coach says, and the questions between (pure).

It decides which key says what, and what has to be asked first. Whether something can be said now,
and what follows from it, `station.session.coach` decides. It changes nothing and draws nothing.

An answer in the making is lost by Esc alone. A space that is the first character of an answer is
no part of it: it is "rep done", whatever is being asked. A key that stays down is pressed once;
one that is pressed again as soon as that could be is believed once no repeat has followed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Generator
from dataclasses import dataclass, replace

from calibration.interval import INTERVAL_95
from hardware.errors import StationError
from hardware.keystrokes import BACKSPACE, ENTER, ESCAPE
from station.session import commands
from station.session.shown import Snapshot
from station.terminal import asking
from station.terminal.asking import SINGLE_DIGITS, STEP_S, Ask, Asking, Meant, Mute, Star
from station.workout.steps import step_rate

# What follows the same key so soon may be its own repeat, which begins after half a second,
REPEAT_S, NEXT_REPEAT_S = 0.7, 0.12  # and then comes faster than a finger does
QUICK = frozenset("uq\x1a1234567890")  # what is pressed twice in a hurry, and harms nothing
LONGEST_ANSWER = 200  # characters
MOST_TAPS = 500
DIGITS = "1234567890"


@dataclass(frozen=True, slots=True)
class Key:
    """What a key is for.

    Attributes:
        key: As it is pressed.
        shown: As it is written on a screen.
        word: What it does, for a line of keys.
        meaning: What it does.
        act: What is meant; or says so for the session as it stands, or asks first. None of those
            that `Keys` acts upon by itself.
    """

    key: str
    shown: str
    word: str
    meaning: str
    act: Meant | Callable[[Snapshot], Meant | Asking[Meant]] | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """What follows from a key.

    Attributes:
        meant: What the coach says by it, if it is said with that.
        line: What to tell the coach.
    """

    meant: Meant | None = None
    line: str = ""


class Keys:
    """Keys as far as they were pressed.

    Attributes:
        help: Whether all keys are to be shown.
        asked: What asks, and its question; None where nothing is asked.
    """

    def __init__(self, can_stay_down: bool = True) -> None:
        """Begin with none pressed.

        Args:
            can_stay_down: Whether they come from a keyboard, which repeats a key that is held.
        """
        self.help = False
        self._can_stay_down = can_stay_down
        self.asked: tuple[Asking[Meant], Ask] | None = None
        self._typed = ""
        self._taps_ns: list[int] | None = None
        self._last, self._last_ns, self._taken_ns = "", 0, 0
        self._doubted: tuple[str, int] | None = None

    @property
    def prompt(self) -> str:
        """What is being asked, and what was typed in answer; empty where nothing is."""
        if self.asked is not None:
            return f"{self.asked[1].question}: {self._typed}"
        return "" if self._taps_ns is None else f"{self._steps()} · C taps, Esc ends"

    def press(self, key: str, now: Snapshot, at_ns: int) -> Pressed:
        """Take a key.

        Args:
            key: A character, or what `hardware.keystrokes` calls it.
            now: The session as the coach sees it.
            at_ns: When it was pressed, station time.
        """
        repeats = self._repeats(key, at_ns)
        return self._take(key, now, at_ns, repeats=repeats)

    def settle(self, now: Snapshot, at_ns: int, then: str = "") -> Pressed:
        """Believe a press that might have been a repeat, once what came after it says so.

        Args:
            now: The session as the coach sees it.
            at_ns: Now, station time.
            then: The key that is pressed now, before it is taken; none where time has passed.
        """
        if self._doubted is None:
            return Pressed()
        key, pressed_ns = self._doubted
        soon = at_ns - pressed_ns < NEXT_REPEAT_S * 1e9
        if soon and then in ("", key):
            return Pressed()
        self._doubted, self._taken_ns = None, pressed_ns
        return self._take(key, now, pressed_ns, repeats=False)

    def _take(self, key: str, now: Snapshot, at_ns: int, *, repeats: bool) -> Pressed:
        if self.asked is not None and (self._typed or key != " "):
            return self._answer(*self.asked, key, repeats)
        if self.help or key == "?":
            self.help = not self.help
            if key in ("?", ESCAPE):
                return Pressed()
        if key == ENTER:  # a script's lines end with it
            return Pressed()
        if key == ESCAPE:
            line = self._steps() if self._taps_ns else ""
            self._taps_ns = None
            return Pressed(line=line)
        key = _ALIKE.get(key.lower(), key.lower())
        if key == "c":
            return self._tap(now, at_ns)
        if repeats and key not in "+-":
            return Pressed()
        if key in DIGITS:
            return _picked(now, key)
        return self._act(key, now)

    def _repeats(self, key: str, at_ns: int) -> bool:
        """Whether a key is still down, and not pressed anew."""
        same, since_ns = self._can_stay_down and key == self._last, at_ns - self._last_ns
        soon = at_ns - self._taken_ns < REPEAT_S * 1e9 or since_ns < NEXT_REPEAT_S * 1e9
        still = same and soon
        quick: Container[str] = QUICK
        if self.asked is not None:
            quick = () if self._typed else (*self.asked[1].at_once,)
        self._last, self._last_ns = key, at_ns
        self._doubted = None
        if not still:
            self._taken_ns = at_ns
        elif key.lower() in quick and since_ns >= NEXT_REPEAT_S * 1e9:
            self._doubted = (key, at_ns)
        return still

    def _act(self, key: str, now: Snapshot) -> Pressed:
        act = _BY_KEY[key].act if key in _BY_KEY else None
        if act is None:
            shown = f"'{key}'" if key.isprintable() else "that key"
            return Pressed(line=f"{shown} does nothing; ? shows all keys")
        try:
            meant = act(now) if callable(act) else act
        except StationError as error:
            return Pressed(line=str(error))
        return self.go_on(meant, None) if isinstance(meant, Generator) else Pressed(meant)

    def _answer(self, asking: Asking[Meant], ask: Ask, key: str, repeats: bool) -> Pressed:
        if key == ESCAPE:
            self.asked = None
        elif key == BACKSPACE:
            self._typed = self._typed[:-1]
        elif key == ENTER:
            return self.go_on(asking, self._typed.strip())
        elif not self._typed and key.lower() in ask.at_once:
            return Pressed() if repeats else self.go_on(asking, key.lower())
        elif key.isprintable() and len(self._typed) < LONGEST_ANSWER:
            self._typed += key
        return Pressed()

    def go_on(self, asking: Asking[Meant], answer: str | None) -> Pressed:
        """Give the whole answer, None to what asks nothing yet; ask on, or say what is meant."""
        self.asked = None
        try:
            ask = next(asking) if answer is None else asking.send(answer)
        except StopIteration as over:
            return Pressed(over.value)
        except StationError as error:
            return Pressed(line=str(error))
        self.asked, self._typed = (asking, ask), ask.typed
        return Pressed(line=ask.complaint)

    def _tap(self, now: Snapshot, at_ns: int) -> Pressed:
        if now.kind == "fly":
            return Pressed(line="steps are counted in 400 m pace reps: a fly is run, not steered")
        self._taps_ns = [*(self._taps_ns or ())[-MOST_TAPS:], at_ns]
        return Pressed()

    def _steps(self) -> str:
        rate = step_rate(self._taps_ns or ())
        if rate is None:
            return "steps: tap C along with each of them"
        half_per_min = INTERVAL_95 * rate.sigma_per_min
        return f"{rate.steps_per_min:.0f} ± {half_per_min:.0f} steps a minute: {rate.stands()}"


def bottom_line(now: Snapshot) -> list[Key]:
    """The keys that matter now, the most needed first."""
    wanted = "?"
    if now.phase in ("before", "warm-up"):
        wanted = "sbjw?uiqm"
    elif now.phase == "cool-down":
        wanted = "qbvutar?oxeyim"
    elif now.kind == "fly":
        wanted = " vuh?tkarxoeyiwjqm+"
    else:
        wanted = "sg tuhv?crkeyiwjqm+"
    if all_done(now):
        wanted = "q" + wanted.replace("q", "")
    words = {}
    if now.phase in ("before", "warm-up"):
        words["s"] = "strides"
    if now.phase == "held":
        words["h"] = "go on"
    return [replace(_BY_KEY[key], word=words.get(key, _BY_KEY[key].word)) for key in wanted]


def all_done(now: Snapshot) -> bool:
    """Whether to end is the one thing left."""
    return now.phase == "on" and now.next is None and not now.running


def digits_mean(now: Snapshot) -> str:
    """What an athlete's number does now."""
    return {"chooses": "who is next", "repairs": "whose it was", "finishes": "who finishes"}[
        now.digit
    ]


def _picked(now: Snapshot, digit: str) -> Pressed:
    number = int(digit) or SINGLE_DIGITS
    if number > len(now.rows):
        return Pressed(line=f"there is no athlete {number}; J lets somebody join")
    return Pressed(commands.Pick(now.rows[number - 1].athlete))


KEYS = (
    Key(" ", "Space", "rep done", "a rep is done; or confirms it", commands.RepDone()),
    Key("v", "V", "void", "the last rep does not count", commands.Void()),
    Key("u", "U", "undo", "takes back the last one; Ctrl-Z", commands.Undo()),
    Key("h", "H", "hold", "holds go-calls; again: goes on", commands.Hold()),
    Key("n", "N", "number", "who, by number or name", asking.by_number),
    Key("t", "T", "time", "a stopwatch's time, typed in", asking.hand_time),
    Key("s", "S", "start", "starts who is next, or strides", asking.start),
    Key("g", "G", "group", "starts all who are due together", asking.start_group),
    Key("k", "K", "skip", "leaves out the next rep", commands.Skip()),
    Key("x", "X", "split", "the last rep was two athletes'", asking.split),
    Key("a", "A", "assign", "whose an unassigned run was", asking.assign),
    Key("o", "O", "set aside", "the last rep was nobody's", commands.SetAside()),
    Key("r", "R", "repair", "mends an older rep", asking.repair),
    Key("e", "E", "early", "who was ready early", asking.early),
    Key("y", "Y", "tight", "who ran tight", asking.tight),
    Key("w", "W", "withdraw", "somebody stops, with a note", asking.withdraw),
    Key("j", "J", "join", "somebody comes late, or back", asking.join),
    Key("f", "F", "fewer", "somebody does fewer reps", asking.fewer),
    Key("l", "L", "longer", "somebody rests 30 s longer", asking.longer),
    Key("+", "+", "rest", "assumed recovery 30 s longer", commands.ChangeRecovery(STEP_S)),
    Key("-", "-", "rest", "assumed recovery 30 s shorter", commands.ChangeRecovery(-STEP_S)),
    Key("i", "I", "wind", "the wind in this set", asking.wind),
    Key("c", "C", "steps", "tapped along: steps a minute"),
    Key("*", "*", "star", "keeps the last run's video", Star()),
    Key("m", "M", "mute", "times are spoken or not", Mute()),
    Key("b", "B", "begin", "begins; lets more be run", commands.Begin()),
    Key("q", "Q", "end", "ends, or begins the cool-down", asking.quit),
    Key("?", "?", "all keys", "shows or hides all keys"),
)  # fmt: skip
"""Every key but the digits, which are athletes in running order; 0 is the tenth."""
_BY_KEY = {one.key: one for one in KEYS}
_ALIKE = {"=": "+", "_": "-", "\x1a": "u"}
