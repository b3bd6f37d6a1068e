"""The brake on guessing passwords: after some failures each further one costs a longer wait. In memory, bounded, pure."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["pair", "address", "account", "device"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom failures are counted against: an account as tried from one address, an address, an account, or a browser that
    signed in before.
    """

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """``free`` failures cost nothing; then the wait doubles from one second up to ``longest_s``.

    One failure is forgiven every ``forgive_every_s``, which in the long run is the pace of guessing that is left.
    """

    free: int
    longest_s: float
    forgive_every_s: float = 60.0

    def wait_s(self, failures: float) -> float:
        """Seconds from the last of ``failures`` (partly forgiven ones count partly) until the next attempt is heard."""
        beyond = failures - self.free
        return 0.0 if beyond < 0 else float(min(2.0 ** min(beyond, 30.0), self.longest_s))


BRAKES: dict[Kind, Brake] = {
    "pair": Brake(free=5, longest_s=60.0),
    "address": Brake(free=30, longest_s=60.0),
    # Lenient and short, because anybody can run it up for somebody else's account.
    "account": Brake(free=10, longest_s=30.0, forgive_every_s=30.0),
    "device": Brake(free=5, longest_s=60.0),
}
_SUBJECTS_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Count:
    """``failures`` as they stood at ``at``, the moment of the last one."""

    failures: float
    at: float


class Throttle:
    """Failures per subject. ``now`` is seconds on any clock that only goes forward."""

    def __init__(self) -> None:
        self._counts: OrderedDict[Subject, _Count] = OrderedDict()

    def wait_s(self, subjects: Sequence[Subject], now: float) -> float:
        """How long until an attempt that counts against all of ``subjects`` is heard; 0 at once."""
        return max((self._wait_one_s(subject, now) for subject in subjects), default=0.0)

    def _wait_one_s(self, subject: Subject, now: float) -> float:
        count = self._counts.get(subject)
        return 0.0 if count is None else max(0.0, count.at + BRAKES[subject.kind].wait_s(count.failures) - now)

    def failed(self, subjects: Sequence[Subject], now: float) -> None:
        """Note a failed attempt. The subject that has been quiet for longest is forgotten where there are too many."""
        for subject in subjects:
            count = self._counts.get(subject, _Count(0.0, now))
            forgiven = (now - count.at) / BRAKES[subject.kind].forgive_every_s
            self._counts[subject] = _Count(max(0.0, count.failures - forgiven) + 1.0, now)
            self._counts.move_to_end(subject)
        while len(self._counts) > _SUBJECTS_AT_MOST:
            self._counts.popitem(last=False)

    def succeeded(self, subjects: Sequence[Subject]) -> None:
        """Forget the failures of all but the address: with a good account of one's own one could otherwise wipe the
        address's count between guesses at other accounts.
        """
        for subject in subjects:
            if subject.kind != "address":
                self._counts.pop(subject, None)


def address_subject(address: str) -> Subject:
    """The subject of a client's address. An IPv6 customer owns a whole /64, so that counts as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return Subject("address", "unknown")
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return Subject("address", str(parsed.ipv4_mapped))
        return Subject("address", str(ipaddress.ip_network((parsed, 64), strict=False)))
    return Subject("address", str(parsed))
