"""Which cue is due when: warnings, go-calls, what is overdue, results (pure).

It decides what is said and from which instant, what waits, and what is left out and why. A go-call
is begun at its instant whatever else is being said, and no other cuts it short. Everything else is
begun only where it ends before the next go-call: a warning while it is true, what is overdue when
there is room, a result when there is room soon. It looks at no clock, plays nothing, and decides no
recovery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from hardware.units import NS

Kind = Literal["go", "warning", "overdue", "result"]

OPENING_S = 0.5  # the tone that wakes the loudspeaker and the listeners
LEAD_S = 0.5  # cues are handed over so long before they are due
LATE_S = 2.0  # a go-call that comes later is none: it is overdue
SAME_S = 1.0  # a go-call that is moved by less is the same one
TRUE_RATIO = 0.1  # "thirty seconds" is true for 3 s, "ten seconds" for one
RESULT_WAITS_S = 15.0
PAUSE_S = 0.2
GROUP = 4  # so many athletes leave no time for long calls

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Manner:
    """How much is said.

    Attributes:
        warnings_s: How long before a go-call it is warned of.
        briefly: The name and "go", the bare time.
        times: Whether results are spoken.
    """

    warnings_s: tuple[int, ...] = (30, 10)
    briefly: bool = False
    times: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """A go-call to come.

    Attributes:
        who: Whom it calls; no two calls at a time call the same.
        go_ns: Station time at which it is due.
        text: What is said, in full and briefly.
        warned: Whether it is warned of.
        given: Whether it was given already, maybe by a station that was killed since.
    """

    who: str
    go_ns: int
    text: tuple[str, str]
    warned: bool = True
    given: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A run to speak of.

    Attributes:
        who: Whose it is.
        fly_s: Time over the zone.
        velocity_mps: Its mean velocity.
        over_400_ratio: Velocity over 400 m pace, less one; None without a 400 m time.
        doubtful: Whether its time is doubted; then it is not spoken.
        by_hand: Whether a key timed it, to a tenth.
        best: "best" or "equals best", None where it is neither.
    """

    who: str
    fly_s: float
    velocity_mps: float
    over_400_ratio: float | None
    doubtful: bool
    by_hand: bool = False
    best: str | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """What is to be heard.

    Attributes:
        name: Unlike any other's.
        kind: What it is for; each kind has a tone of its own.
        who: Those it is about.
        text: The words that follow the tone.
        due_ns: Station time at which the tone begins.
        latest_ns: When it would no longer be true, None for never.
    """

    name: str
    kind: Kind
    who: tuple[str, ...]
    text: str
    due_ns: int
    latest_ns: int | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A cue that is not heard, or not to its end. What the speaker has of it is to be dropped.

    Attributes:
        cue: Which.
        why: In words, for the log.
    """

    cue: Cue
    why: str


def manner_for(athletes: int) -> Manner:
    """How much there is time for."""
    return Manner(warnings_s=(10,), briefly=True) if athletes >= GROUP else Manner()


def rep_call(
    who: str, go_ns: int, rep: int, reps: int, set_: int, sets: int, *, given: bool = False
) -> Call:
    """Call an athlete to a rep of a set, both counted from 1."""
    go = f"{who}, go."
    place = f"Rep {_number(rep)} of {_number(reps)}"
    place += f", set {_number(set_)}." if sets > 1 else "."
    return Call(who, go_ns, (f"{go} {place}", go), given=given)


def warm_up_calls(
    start_ns: int, strides: int = 5, walk_s: float = 45.0, stride_s: float = 15.0
) -> tuple[Call, ...]:
    """Call warm-up strides, all athletes together: each walk, then each stride."""

    def at(after_s: float, text: str, who: str) -> Call:
        return Call(who, start_ns + _ns(after_s), (text, text), warned=False)

    calls = []
    for number in range(strides):
        walk_at_s = number * (walk_s + stride_s)
        stride = f"Stride {_number(number + 1)} of {_number(strides)}, go."
        calls.append(at(walk_at_s, "Walk.", f"walk {number + 1}"))
        calls.append(at(walk_at_s + walk_s, stride, f"stride {number + 1}"))
    return (*calls, at(strides * (walk_s + stride_s), "Walk.", "last walk"))


@dataclass(slots=True)
class _Waiting:
    """A spoken cue that there was no room for yet."""

    kind: Kind
    who: tuple[str, ...]
    text: str
    until_ns: int | None


@dataclass(slots=True)
class _Known:
    """What was said about a call."""

    go_ns: int
    since_ns: int
    said: set[int] = field(default_factory=set)  # seconds before; 0 is the go-call


class Cues:
    """What has been said, what waits, and what is next."""

    def __init__(self, manner: Manner, duration_s: Callable[[str], float]) -> None:
        """Begin with nothing said.

        Args:
            manner: How much is said.
            duration_s: How long words take; 0 where nothing speaks them.
        """
        self._manner, self._words_s = manner, duration_s
        self._known: dict[str, _Known] = {}
        self._waiting: list[_Waiting] = []
        self._handed_out: list[tuple[Cue, int]] = []  # with their ends, in station time
        self._number = 0

    def add_result(self, result: Result, now_ns: int) -> None:
        """Speak of a run when there is room."""
        if self._manner.times:
            text = result_words(result, self._manner.briefly)
            until_ns = now_ns + round(RESULT_WAITS_S * NS)
            self._waiting.append(_Waiting("result", (result.who,), text, until_ns))

    def speak_times(self, on: bool) -> None:
        """Speak of runs from now on, or not."""
        self._manner = replace(self._manner, times=on)

    def slept_through(self, who: str) -> None:
        """Say that a go-call is overdue which was handed out and could not begin."""
        self._add_overdue(who)

    def advance(self, now_ns: int, calls: Sequence[Call]) -> list[Cue | Dropped]:
        """Say what is to be handed over now.

        Args:
            now_ns: Station time, a few times each `LEAD_S`.
            calls: As things stand: each stays until it is followed, and on hold there are none
                but those that were given.

        Returns:
            Cues to play when they are due, and cues that will not be heard, in order.
        """
        calls = sorted(calls, key=lambda call: call.go_ns)
        out: list[Cue | Dropped] = [*self._forget(now_ns, calls)]
        for call in calls:
            out += self._call(now_ns, call)
        for call in calls:
            for lead_s in self._leads(call):
                out += self._warn(now_ns, call, lead_s, calls)
        out += self._speak(now_ns, calls)
        return out

    def _forget(self, now_ns: int, calls: Sequence[Call]) -> list[Dropped]:
        """Take back what was handed out for calls that are no more, or at another time."""
        self._handed_out = [one for one in self._handed_out if one[1] > now_ns]
        known, self._known = self._known, {}
        for call in calls:
            before = known.pop(call.who, None)
            if before is None or abs(before.go_ns - call.go_ns) >= SAME_S * NS:
                if before is not None:
                    known[call.who] = before
                said = {0, *self._leads(call)} if call.given else set()
                before = _Known(call.go_ns, now_ns, said)
            self._known[call.who] = before
        gone = [
            cue
            for cue, _ in self._handed_out
            if cue.kind in ("go", "warning") and cue.due_ns > now_ns and cue.who[0] in known
        ]
        return [self._take_back(cue, "held, or due at another time now") for cue in gone]

    def _call(self, now_ns: int, call: Call) -> list[Cue | Dropped]:
        said = self._known[call.who].said
        if 0 in said or call.go_ns > now_ns + _ns(LEAD_S):
            return []
        said.add(0)
        if now_ns > call.go_ns + _ns(LATE_S):
            self._add_overdue(call.who)
            return []
        # Another go-call is not cut, however near: that athlete would never hear a name.
        said_then = [cue for cue, end_ns in self._handed_out if end_ns > call.go_ns]
        cut = [cue for cue in said_then if cue.kind != "go"]
        text = call.text[self._manner.briefly]
        latest_ns = call.go_ns + _ns(LATE_S)
        return [
            *(self._take_back(cue, f"a go-call comes first: {call.who}") for cue in cut),
            self._hand_out("go", (call.who,), text, call.go_ns, latest_ns),
        ]

    def _add_overdue(self, who: str) -> None:
        for waiting in self._waiting:
            if waiting.kind == "overdue":
                waiting.who = (*waiting.who, who)
                return
        self._waiting.insert(0, _Waiting("overdue", (who,), "", None))

    def _warn(
        self, now_ns: int, call: Call, lead_s: int, calls: Sequence[Call]
    ) -> list[Cue | Dropped]:
        known = self._known[call.who]
        instant_ns = call.go_ns - _ns(lead_s)
        if lead_s in known.said or instant_ns > now_ns + _ns(LEAD_S):
            return []
        if instant_ns < known.since_ns:  # when the call became known it was too late for it
            known.said.add(lead_s)
            return []
        text = f"{call.who}, {_number(lead_s)} seconds."
        due_ns = max(instant_ns, now_ns)
        latest_ns = instant_ns + _ns(lead_s * TRUE_RATIO)
        if due_ns > latest_ns:
            known.said.add(lead_s)
            cue = self._cue("warning", (call.who,), text, instant_ns, latest_ns)
            return [Dropped(cue, "no longer true")]
        if not self._is_room(due_ns, text, self._go_calls(calls)):
            return []
        known.said.add(lead_s)
        return [self._hand_out("warning", (call.who,), text, due_ns, latest_ns)]

    def _speak(self, now_ns: int, calls: Sequence[Call]) -> list[Cue | Dropped]:
        """What has no instant of its own: as soon as it disturbs nothing."""
        taken_ns = self._go_calls(calls) + [
            call.go_ns - _ns(lead_s)
            for call in calls
            for lead_s in self._leads(call)
            if lead_s not in self._known[call.who].said
        ]
        out: list[Cue | Dropped] = []
        for waiting in list(self._waiting):
            who, text = waiting.who, waiting.text
            if waiting.kind == "overdue":
                who = tuple(one for one in who if one in self._known)
                text = f"Overdue: {', '.join(who)}."
            if not who:
                self._waiting.remove(waiting)
            elif waiting.until_ns is not None and now_ns > waiting.until_ns:
                self._waiting.remove(waiting)
                cue = self._cue(waiting.kind, who, text, now_ns, waiting.until_ns)
                out.append(Dropped(cue, "calls left no room for it"))
            elif self._is_room(now_ns, text, taken_ns):
                self._waiting.remove(waiting)
                out.append(self._hand_out(waiting.kind, who, text, now_ns, waiting.until_ns))
        return out

    def _leads(self, call: Call) -> tuple[int, ...]:
        return self._manner.warnings_s if call.warned else ()

    def _go_calls(self, calls: Sequence[Call]) -> list[int]:
        return [call.go_ns for call in calls if 0 not in self._known[call.who].said]

    def _is_room(self, due_ns: int, text: str, taken_ns: Iterable[int]) -> bool:
        end_ns = due_ns + self._duration_ns(text) + _ns(PAUSE_S)
        return all(at_ns >= end_ns for at_ns in taken_ns) and all(
            due_ns >= before_ns for _, before_ns in self._handed_out
        )

    def _duration_ns(self, text: str) -> int:
        # What is handed over at its instant begins a little later.
        return _ns(LEAD_S + OPENING_S + self._words_s(text))

    def _hand_out(
        self, kind: Kind, who: tuple[str, ...], text: str, due_ns: int, latest_ns: int | None
    ) -> Cue:
        cue = self._cue(kind, who, text, due_ns, latest_ns)
        self._handed_out.append((cue, due_ns + self._duration_ns(text)))
        return cue

    def _take_back(self, cue: Cue, why: str) -> Dropped:
        self._handed_out = [one for one in self._handed_out if one[0] is not cue]
        return Dropped(cue, why)

    def _cue(
        self, kind: Kind, who: tuple[str, ...], text: str, due_ns: int, latest_ns: int | None
    ) -> Cue:
        self._number += 1
        return Cue(f"{kind} {self._number}", kind, who, text, due_ns, latest_ns)


def result_words(result: Result, briefly: bool) -> str:
    """What is said after a run: time, velocity, and the percentage over 400 m pace."""
    if result.doubtful:
        return "Doubtful." if briefly else f"{result.who}, doubtful."
    time = f"{result.fly_s:.1f}" if result.by_hand else f"{result.fly_s:.2f}"
    best = f" {result.best.capitalize()}." if result.best else ""
    if briefly:
        return f"{time}.{best}"
    percent = result.over_400_ratio
    said = [time, f"{result.velocity_mps:.1f} metres per second"]
    if percent is not None:
        over = "over" if percent >= 0 else "under"
        said.append(f"{abs(percent):.0%} {over} 400 pace".replace("%", " percent"))
    return f"{result.who}, {', '.join(said)}.{best}"


def _number(number: int) -> str:
    tens = {30: "thirty"}
    return _NUMBERS[number] if number < len(_NUMBERS) else tens.get(number, str(number))


def _ns(duration_s: float) -> int:
    return round(duration_s * NS)
