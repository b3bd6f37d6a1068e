"""From the configuration file to Settings: every key is judged here, and every mistake is reported at once."""

from __future__ import annotations

import re
from pathlib import Path

from watchkeeper_console.addresses import parse_http_url
from watchkeeper_console.located_yaml import ConfigMistake, ConfigMistakes, Section, parse
from watchkeeper_console.read_people_settings import read_label, read_provider, read_public_status
from watchkeeper_console.settings import (
    UPSTREAM_NAMES,
    HttpUrl,
    SessionLimits,
    Settings,
    Stack,
    UpstreamName,
    WatchedComponent,
)

_DURATION = re.compile(r"(?:\d+(?:ms|[smhdw]))+")
_DURATION_PART = re.compile(r"(\d+)(ms|[smhdw])")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


def read_settings(file: Path, *, listen_address: str) -> Settings:
    """Read ``file``. Without ``public_url`` the console is reached at ``http://LISTEN_ADDRESS``.

    Relative paths count from the file's own folder. Raises ConfigMistakes.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigMistakes(str(file), [ConfigMistake(line=1, column=1, message=f"cannot read it: {reason}")]) from error
    top = parse(text, str(file))
    settings = _settings(top, file.parent, listen_address)
    if top.notes.mistakes or settings is None:
        raise ConfigMistakes(str(file), top.notes.mistakes)
    return settings


def _settings(top: Section, folder: Path, listen_address: str) -> Settings | None:
    top.allow(
        "public_url",
        "admin",
        "session",
        "upstreams",
        "stack",
        "dashboards",
        "runbooks",
        "verify_report",
        "receipts",
        "organisations",
        "public_status",
        "oidc",
    )
    public_url = _public_url(top) or parse_http_url(f"http://{listen_address}")
    admin = top.section("admin", required=True)
    limits = _limits(top.section("session"))
    upstreams = _upstreams(top.section("upstreams"))
    stack = _stack(top.section("stack"))
    dashboards = top.text("dashboards")
    runbooks = top.text("runbooks")
    report = top.text("verify_report")
    receipts = top.section("receipts")
    label = read_label(top.section("organisations"))
    public_status = read_public_status(top.section("public_status"))
    provider = read_provider(top.section("oidc"), folder)
    if admin is None:
        return None
    admin.allow("user", "password_file")
    user = admin.text("user") or "admin"
    if not _USER.fullmatch(user):
        admin.notes.add(
            admin.place("user"), f"cannot use the user name {user!r}", "letters, digits and . _ @ - only, at most 64"
        )
    password_file = admin.text("password_file", required=True)
    if password_file is None or isinstance(public_url, str):
        return None
    return Settings(
        public_url=public_url,
        admin_user=user,
        admin_password_file=folder / password_file,
        session=limits,
        upstreams=upstreams,
        stack=stack,
        dashboards=folder / dashboards if dashboards else None,
        runbooks=folder / runbooks if runbooks else None,
        verify_report=folder / report if report else None,
        receipts=_receipts_url(receipts),
        receipts_token_file=_receipts_token(receipts, folder),
        organisation_label=label,
        public_status=public_status,
        provider=provider,
    )


def _receipts_url(section: Section | None) -> HttpUrl | None:
    if section is None:
        return None
    section.allow("url", "token_file")
    section.text("url", required=True)
    return _url(section, "url")


def _receipts_token(section: Section | None, folder: Path) -> Path | None:
    token_file = section.text("token_file") if section is not None else None
    return folder / token_file if token_file else None


def _public_url(top: Section) -> HttpUrl | None:
    url = _url(top, "public_url")
    if url is not None and url.path:
        top.notes.add(
            top.place("public_url"), f"cannot serve under the path {url.path}", "give the console a host name of its own"
        )
    return url


def _limits(section: Section | None) -> SessionLimits:
    defaults = SessionLimits()
    if section is None:
        return defaults
    section.allow("idle", "absolute")
    limits = SessionLimits(
        idle_s=_duration_s(section, "idle", defaults.idle_s), absolute_s=_duration_s(section, "absolute", defaults.absolute_s)
    )
    if limits.idle_s > limits.absolute_s:
        section.notes.add(section.place("idle"), "cannot let session.idle be longer than session.absolute", "make it shorter")
    return limits


def _duration_s(section: Section, key: str, default_s: float) -> float:
    text = section.text(key)
    if text is None:
        return default_s
    if not _DURATION.fullmatch(text):
        section.notes.add(section.place(key), f"cannot read {text!r} as a duration", "write it like 30m, 8h or 7d")
        return default_s
    total_s = sum(int(amount) * _UNIT_S[unit] for amount, unit in _DURATION_PART.findall(text))
    if total_s < 60:
        section.notes.add(section.place(key), f"cannot use the session time {text}", "at least 1m")
        return default_s
    return total_s


def _upstreams(section: Section | None) -> dict[UpstreamName, HttpUrl]:
    if section is None:
        return {}
    section.allow(*UPSTREAM_NAMES)
    found = {name: _url(section, name) for name in UPSTREAM_NAMES}
    return {name: url for name, url in found.items() if url is not None}


def _stack(section: Section | None) -> Stack:
    if section is None:
        return Stack()
    section.allow("name", "components", "status_url")
    components: list[WatchedComponent] = []
    for item in section.sections("components"):
        item.allow("name", "health_url", "metrics_job", "memory_budget_bytes")
        name = item.text("name", required=True)
        if name is None:
            continue
        if name in {component.name for component in components}:
            item.notes.add(item.place("name"), f"cannot use the component {name} twice", "remove one of them")
            continue
        components.append(
            WatchedComponent(
                name=name,
                health_url=_url(item, "health_url"),
                metrics_job=item.text("metrics_job") or "",
                memory_budget_bytes=_bytes(item, "memory_budget_bytes"),
            )
        )
    return Stack(
        name=section.text("name") or Stack().name, components=tuple(components), status_url=_url(section, "status_url")
    )


def _bytes(section: Section, key: str) -> int | None:
    text = section.text(key)
    if text is None:
        return None
    if not re.fullmatch(r"[1-9]\d{0,15}", text):
        section.notes.add(section.place(key), f"cannot read {text!r} as a number of bytes", "write a whole number")
        return None
    return int(text)


def _url(section: Section, key: str) -> HttpUrl | None:
    text = section.text(key)
    if text is None:
        return None
    url = parse_http_url(text)
    if isinstance(url, str):
        section.notes.add(
            section.place(key), f"cannot use {text!r} as an address: {url}", "write it like http://127.0.0.1:9090"
        )
        return None
    return url
