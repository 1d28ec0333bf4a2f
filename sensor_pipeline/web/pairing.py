"""Pairing of a phone: a code that can be used once, within two minutes, with five tries; a cookie for it.

In: codes and cookies as text, the time. Out: yes or no. Must not live here: HTTP, drawing the code.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

CODE_S: Final = 120.0
"""A code is good for so long: time to fetch a phone, none to leave a picture of the screen behind."""
CODE_TRIES: Final = 5
"""Wrong codes before the code is void; 128 bits are not guessed, so more wrong ones are an attack."""
MOST_PHONES: Final = 8
"""Phones paired at once; the oldest pairing ends when there is one more."""
_CODE_BYTES: Final = 16
_COOKIE_BYTES: Final = 32


class Pairing:
    """Who may look from another device.

    Args:
        now_s: monotonic time.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._code: bytes | None = None
        self._until_s = 0.0
        self._tries = 0
        self._cookies: dict[str, None] = {}  # digests, oldest first

    def new_code(self) -> str:
        """Make a code; an earlier one that was not used is void."""
        code = secrets.token_urlsafe(_CODE_BYTES)
        self._code = code.encode()
        self._until_s = self._now_s() + CODE_S
        self._tries = CODE_TRIES
        return code

    @property
    def open(self) -> bool:
        """Whether there is a code that can be used."""
        return self._code is not None and self._tries > 0 and self._now_s() < self._until_s

    def redeem(self, code: str) -> str | None:
        """Exchange a code for a cookie; the code is void then.

        Returns:
            The cookie's value, None for a code that is wrong, used, void or too old: which one is not said.
        """
        if not self.open or self._code is None:
            self._code = None
            return None
        if not hmac.compare_digest(code.encode(), self._code):
            self._tries -= 1
            return None
        self._code = None
        cookie = secrets.token_urlsafe(_COOKIE_BYTES)
        while len(self._cookies) >= MOST_PHONES:
            del self._cookies[next(iter(self._cookies))]
        self._cookies[_digest(cookie)] = None
        return cookie

    def phone(self, cookie: str) -> str:
        """The name of the pairing that a cookie stands for, "" for none."""
        digest = _digest(cookie)
        return digest if cookie and digest in self._cookies else ""


def _digest(cookie: str) -> str:
    """Cookies are looked up by digest: the time of the look-up tells nothing of a cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
