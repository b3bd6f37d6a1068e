"""A rehearsal: the same routes, with every receiver replaced by a local one that keeps what arrives."""

from __future__ import annotations

import copy
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from watchkeeper.targets.target import Doorstep
from watchkeeper.verify.receivers.arrivals import Arrivals
from watchkeeper.verify.receivers.certificate import make_certificate
from watchkeeper.verify.receivers.post import PostOffice
from watchkeeper.verify.receivers.web import PAGERDUTY_PATH, WebReceivers

GROUP_INTERVAL = "5s"
"""Between two looks at a group, in a rehearsal: the real minute only makes resolves and second tries wait."""

AT_HOME = Doorstep()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """``channels``: receiver → its channels, of every receiver of the description."""

    arrivals: Arrivals
    channels: Mapping[str, tuple[str, ...]]
    scattered: bool = False
    """For a counter-test: send storms in which nothing ties the alerts together."""


@dataclass(slots=True, kw_only=True)
class _Places:
    """Where the local servers are, and the secrets that lead there."""

    folder: Path
    web: str = ""
    smarthost: str = ""
    certificate: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)

    def secret(self, name: str, value: str) -> str:
        file = self.folder / name
        file.write_text(value, encoding="utf-8")
        return str(file)


@contextmanager
def receivers_for(
    routes: Mapping[str, Any], folder: Path, doorstep: Doorstep = AT_HOME
) -> Iterator[tuple[dict[str, Any], Rehearsal]]:
    """Run the servers on the ``doorstep``; gives the routes that lead to them.

    ``routes``: as in a description; those of eight teams where it has no receivers. ``folder`` takes the secrets and must be
    readable for nobody else.
    """
    written = copy.deepcopy(dict(routes)) if routes.get("receivers") else eight_teams()
    arrivals = Arrivals()
    places = _Places(folder=folder)
    certificate, tls = make_certificate(folder, doorstep.name)
    places.certificate = str(certificate)
    web = WebReceivers(arrivals, places.keys, doorstep.address)
    post = PostOffice(arrivals, places.passwords, tls, doorstep.address)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        post.start()
        places.web, places.smarthost = f"http://{doorstep.name}:{web.port}", f"{doorstep.name}:{post.port}"
        redirected = _redirected(written, places)
        channels = {r["name"]: tuple(key for key in r if key != "name") for r in redirected["receivers"]}
        yield redirected, Rehearsal(arrivals=arrivals, channels=channels)
    finally:
        post.stop()
        web.shutdown()
        web.server_close()
        thread.join(timeout=5)


def eight_teams() -> dict[str, Any]:
    """The routes that are rehearsed where a description has none."""
    text = (files("watchkeeper.verify") / "receivers" / "eight_teams.yaml").read_text("utf-8")
    routes: dict[str, Any] = yaml.safe_load(text)
    return routes


def _redirected(routes: dict[str, Any], places: _Places) -> dict[str, Any]:
    """Every channel leads to a local server; what depends on the hour or on maintenance is left out, for it is now."""
    receivers = [_local(receiver, places) for receiver in routes["receivers"]]
    rules = [{k: v for k, v in rule.items() if k not in ("only_during", "not_during")} for rule in routes.get("rules") or ()]
    direct = [
        {"match": {"rehearsal_for": receiver["name"]}, "receiver": receiver["name"], "group_by": ["alertname", "rehearsal"],
         "group_wait": "5s"}
        for receiver in receivers
    ]  # fmt: skip
    kept = {key: value for key, value in routes.items() if key not in ("maintenance", "times")}
    return {**kept, "receivers": receivers, "rules": direct + rules}


def _local(receiver: Mapping[str, Any], places: _Places) -> dict[str, Any]:
    name = receiver["name"]
    local: dict[str, Any] = {"name": name}
    for channel, settings in receiver.items():
        match channel:
            case "email":
                places.passwords[name] = secrets.token_urlsafe(24)
                local[channel] = {
                    **{key: settings[key] for key in ("to", "sender")},
                    "smarthost": places.smarthost,
                    "user": name,
                    "password_file": places.secret(f"{name}-password", places.passwords[name]),
                    "ca_file": places.certificate,
                }
            case "slack":
                local[channel] = {**settings, "url_file": places.secret(f"{name}-slack", f"{places.web}/slack/{name}")}
            case "pagerduty":
                key = secrets.token_hex(16)
                places.keys[key] = name
                file = places.secret(f"{name}-key", key)
                local[channel] = {"routing_key_file": file, "url": f"{places.web}{PAGERDUTY_PATH}"}
            case "teams":
                local[channel] = {"url_file": places.secret(f"{name}-teams", f"{places.web}/teams/{name}")}
            case "webhook":
                url = f"{places.web}/webhook/{name}"
                local[channel] = {"url": url} if settings.get("url") else {"url_file": places.secret(f"{name}-webhook", url)}
            case _:
                pass
    return local
