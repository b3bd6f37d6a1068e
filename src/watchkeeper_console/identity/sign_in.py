"""Judging a user name and a password: the brake first, then the same work whether or not the account exists."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from watchkeeper_console.identity.accounts import Accounts
from watchkeeper_console.identity.passwords import LONGEST_PASSWORD_BYTES, Passwords, TooBusy
from watchkeeper_console.identity.throttle import Subject, Throttle, address_subject

_LONGEST_ACCOUNT_BYTES = 256
_REMEMBERED_AT_MOST = 64
_REMEMBER_FOR_S = 300.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """The password is right. ``device``: the mark to leave in this browser."""

    account: str
    device: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The account or the password is wrong; nobody is told which."""


@dataclass(frozen=True, slots=True)
class TooSoon:
    """Not even looked at: too many failures; try again in ``wait_s``."""

    wait_s: float


Judgement: TypeAlias = Accepted | Rejected | TooSoon


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """``device``: the mark a browser got when it last signed in, or empty."""

    account: str
    password: str
    address: str
    device: str = ""


class SignIn:
    """Judges attempts. ``steady`` is a clock that only goes forward, in seconds."""

    def __init__(
        self, accounts: Accounts, passwords: Passwords, secret: bytes, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._secret = secret
        self._steady = steady
        self._throttle = Throttle()
        self._remembered: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._remember_key = secrets.token_bytes(32)

    async def judge(self, attempt: Attempt) -> Judgement:
        """Judge one attempt, after those that came before it."""
        attempt = _within_bounds(attempt)
        subjects = self._subjects(attempt)
        try:
            async with self._passwords.turn() as matches:
                wait_s = self._throttle.wait_s(subjects, self._steady())
                if wait_s > 0:
                    return TooSoon(wait_s)
                kept = self._accounts.password_hash(attempt.account)
                right = await matches(kept or self._passwords.stand_in, attempt.password)
                if kept is None or not right:
                    self._throttle.failed(subjects, self._steady())
                    return Rejected()
                self._throttle.succeeded(subjects)
                return Accepted(attempt.account, self._device_mark(attempt.account))
        except TooBusy:
            return TooSoon(1.0)

    async def judge_again(self, attempt: Attempt) -> Judgement:
        """The same for credentials that come with every request: right ones are remembered for five minutes of use, so that
        a script neither pays for a hash each time nor waits because of somebody else's failures.
        """
        attempt = _within_bounds(attempt)
        kept = self._accounts.password_hash(attempt.account) or ""
        message = "\0".join((attempt.account, attempt.password, kept)).encode()
        fingerprint = hmac.digest(self._remember_key, message, "sha256")
        now = self._steady()
        account, used_at = self._remembered.get(fingerprint, ("", 0.0))
        if account and now - used_at < _REMEMBER_FOR_S:
            self._remember(fingerprint, account, now)
            return Accepted(account, "")
        judgement = await self.judge(attempt)
        if isinstance(judgement, Accepted):
            self._remember(fingerprint, judgement.account, now)
        return judgement

    def _remember(self, fingerprint: bytes, account: str, now: float) -> None:
        self._remembered[fingerprint] = (account, now)
        self._remembered.move_to_end(fingerprint)
        while len(self._remembered) > _REMEMBERED_AT_MOST:
            self._remembered.popitem(last=False)

    def _subjects(self, attempt: Attempt) -> tuple[Subject, ...]:
        # A browser that has signed in before is counted by itself, so that strangers who fail on purpose cannot keep the
        # account's owner out (OWASP: device cookies).
        if attempt.device and hmac.compare_digest(
            self._device_tag(attempt.device, attempt.account).encode(), attempt.device.encode()
        ):
            return (Subject("device", attempt.device),)
        address = address_subject(attempt.address)
        pair = Subject("pair", f"{address.name} {attempt.account}")
        return (pair, address, Subject("account", attempt.account))

    def _device_mark(self, account: str) -> str:
        return self._device_tag(secrets.token_urlsafe(16), account)

    def _device_tag(self, mark: str, account: str) -> str:
        nonce = mark.partition(".")[0]
        message = f"device\0{nonce}\0{account}".encode()
        return f"{nonce}.{hmac.new(self._secret, message, hashlib.sha256).hexdigest()}"


def _within_bounds(attempt: Attempt) -> Attempt:
    """The attempt as it can be hashed and looked up; one that is too long or no text at all becomes one that is wrong."""
    try:
        account, password = attempt.account.encode(), attempt.password.encode()
        attempt.device.encode()
    except UnicodeEncodeError:
        return Attempt(account="", password="", address=attempt.address)
    if len(account) > _LONGEST_ACCOUNT_BYTES or len(password) > LONGEST_PASSWORD_BYTES:
        return Attempt(account="", password="", address=attempt.address)
    return attempt
