"""Who may do what on the console: this computer all of it, others only after the PIN.

It decides by where a request comes from, which host it believes to speak to, and what it carries.
It answers none.

A page of a foreign site that is open in the coach's browser can reach this computer too. It cannot
name a host that is ours without being caught (`is_our_host`), nor hide that it is foreign
(`is_same_origin`, and `is_our_site` where a picture is asked for, which names no origin).
"""

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

PIN_DIGITS = 6
MOST_WRONG = 5  # PINs in a minute from one address; to try them all takes four months,
MOST_WRONG_OF_ALL = 25  # and with many addresses four weeks
MOST_ADDRESSES = 250  # of which each has tries of its own first: a thousandth of all PINs
MINUTE_S = 60.0
MOST_TOKENS = 50


def new_pin() -> str:
    """Draw one."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"


def is_our_host(host: str) -> bool:
    """Whether a `Host` is an address or `localhost`.

    A name can be made to lead anywhere by whoever owns it, an address cannot.
    """
    name = _name(host)
    return name == "localhost" or _is_address(name)


def is_same_origin(origin: str | None, host: str) -> bool:
    """Whether a request comes from a page of ours, or from no page at all."""
    return origin is None or origin == f"http://{host}"


def is_our_site(site: str | None) -> bool:
    """Whether a browser's `Sec-Fetch-Site` names a page of ours, or the coach's own hand.

    Another port of this computer is another's. Old browsers, and what is no browser, send none.
    """
    return site in (None, "none", "same-origin")


def is_this_computer(client: str, host: str) -> bool:
    """Whether it comes from this computer, to this computer."""
    name = _name(host)
    to_us = name == "localhost" or (_is_address(name) and ip_address(name).is_loopback)
    return to_us and _is_address(client) and ip_address(client).is_loopback


class Door:
    """Lets in who knows the PIN.

    Each address has tries of its own, whatever others do: many that try together shut out only
    those who were wrong too often before.
    """

    def __init__(self, pin: str, now_s: Callable[[], float]) -> None:
        """Begin with nobody inside.

        Args:
            pin: As it is shown on the laptop.
            now_s: A clock that only goes on, in seconds.
        """
        self.pin, self._now_s = pin, now_s
        self._wrong: deque[tuple[str, float]] = deque(maxlen=MOST_WRONG_OF_ALL)
        self._own: Counter[str] = Counter()
        self._tokens: deque[str] = deque(maxlen=MOST_TOKENS)

    def wait_s(self, client: str) -> float:
        """How long no PIN of an address is tried: too many were wrong."""
        if self._has_own_tries(client):
            return 0.0
        of_all = [at_s for _, at_s in self._wrong]
        of_one = [at_s for whose, at_s in self._wrong if whose == client]
        over_s = [
            wrong_s[-most] + MINUTE_S
            for wrong_s, most in ((of_one, MOST_WRONG), (of_all, MOST_WRONG_OF_ALL))
            if len(wrong_s) >= most
        ]
        return max(0.0, max(over_s, default=0.0) - self._now_s())

    def enter(self, pin: str, client: str) -> str | None:
        """Try a PIN; gives what lets in from now on, None where it is wrong or none is tried."""
        if self.wait_s(client) > 0:
            return None
        if not secrets.compare_digest(pin.encode(), self.pin.encode()):
            self._wrong.append((client, self._now_s()))
            if self._has_own_tries(client):
                self._own[client] += 1
            return None
        token = secrets.token_urlsafe(32)
        self._tokens.append(token)
        return token

    def _has_own_tries(self, client: str) -> bool:
        is_counted = client in self._own or len(self._own) < MOST_ADDRESSES
        return is_counted and self._own[client] < MOST_WRONG

    def is_inside(self, token: str) -> bool:
        """Whether that was given to somebody."""
        return any(secrets.compare_digest(token.encode(), one.encode()) for one in self._tokens)


def _name(host: str) -> str:
    """A `Host` without its port and an address's brackets; empty where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
