"""Passing notifications on to addresses that stand in files, since not every Alertmanager can read them from there.

A relay answers its sender only once the other side has answered, so that Alertmanager's own retries and metrics stay true:
2xx is passed on as 200, "too many requests" and failures as 502 (Alertmanager tries again), other refusals as 400 (it does
not, since the same again would be refused again).
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from watchkeeper_canary.teams import card

TIMEOUT_S = 10.0


class Undelivered(Exception):
    """The other side did not take it. ``again``: the same may succeed later."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """``kind``: ``webhook`` passes the body on as it is, ``teams`` as a card. The address is read anew each time.

    ``console_url``: where the links of a card lead; empty: to Alertmanager.
    """

    kind: str
    url_file: Path
    console_url: str = ""

    def deliver(self, body: Mapping[str, Any]) -> None:
        """Post and wait for the answer. Raises Undelivered; its message never holds the address."""
        try:
            url = self.url_file.read_text(encoding="utf-8").strip()
            payload = json.dumps(card(body, self.console_url) if self.kind == "teams" else body).encode()
            # an http or https address is all that may stand in the file: no local file is ever read through it
            if not url.startswith(("http://", "https://")):
                raise Undelivered("cannot use the address in the file: it is no http or https address", again=False)
            headers = {"Content-Type": "application/json", "User-Agent": "watchkeeper"}
            request = urllib.request.Request(url, payload, headers, method="POST")  # noqa: S310 - checked above
            with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310 - checked above
                pass
        except urllib.error.HTTPError as refusal:
            refusal.close()
            again = refusal.code >= HTTPStatus.INTERNAL_SERVER_ERROR or refusal.code == HTTPStatus.TOO_MANY_REQUESTS
            raise Undelivered(f"cannot deliver: the other side answered {refusal.code}", again=again) from None
        except urllib.error.URLError as failure:
            raise Undelivered(f"cannot deliver: {type(failure.reason).__name__}", again=True) from None
        except (OSError, ValueError) as failure:
            raise Undelivered(f"cannot deliver: {type(failure).__name__}", again=True) from None


def read_relays(file: Path) -> dict[str, Relay]:
    """Name → relay, from ``{"NAME": {"kind": …, "url_file": …, "console_url": …}}``; the last may be missing.

    Raises OSError, or ValueError with what is wrong.
    """
    relays = json.loads(file.read_text(encoding="utf-8"))
    try:
        return {
            name: Relay(kind=relay["kind"], url_file=Path(relay["url_file"]), console_url=relay.get("console_url", ""))
            for name, relay in relays.items()
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"cannot use {file}: it needs kind and url_file for each name ({error!r})") from error
