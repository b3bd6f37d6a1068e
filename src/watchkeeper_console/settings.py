"""What the console was told, as data. Reading and judging the file is ``read_settings``'s work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from watchkeeper_console.identity.roles import Role

UpstreamName: TypeAlias = Literal["prometheus", "alertmanager", "logs", "traces"]
UPSTREAM_NAMES: tuple[UpstreamName, ...] = get_args(UpstreamName)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpUrl:
    """An absolute http or https address. ``path`` has no slash at its end, so that paths can be appended."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str = ""

    @property
    def authority(self) -> str:
        """``host:port`` as it stands in a Host header: the scheme's own port is left out, IPv6 is in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority, as a browser writes them in an Origin header."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.origin + self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedComponent:
    """One process of the stack. ``metrics_job``: the scrape job whose own process metrics tell its memory and CPU."""

    name: str
    health_url: HttpUrl | None = None
    metrics_job: str = ""
    memory_budget_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What the status page is about. ``status_url``: where the babysitter tells restarts, memory and budgets, if it does."""

    name: str = "watchkeeper"
    components: tuple[WatchedComponent, ...] = ()
    status_url: HttpUrl | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """A session ends after ``idle_s`` without a person's action, and after ``absolute_s`` in any case."""

    idle_s: float = 8 * 3600.0
    absolute_s: float = 7 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStatus:
    """The status page for everybody: the probes of these names (their label ``probe``); none named: every probe."""

    title: str
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An OpenID Connect provider. The client's secret stays in its file.

    ``roles`` maps values of the claim ``role_claim`` to roles, the greatest wins; who has none gets ``default_role``, and
    where that is None does not come in. ``organisation_claim`` binds people to an organisation.
    """

    issuer: HttpUrl
    client_id: str
    client_secret_file: Path | None = None
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    user_claim: str = "preferred_username"
    role_claim: str = "groups"
    roles: Mapping[str, Role] = field(default_factory=dict)
    default_role: Role | None = None
    organisation_claim: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration, judged and complete. The password itself stays in its file."""

    public_url: HttpUrl
    admin_user: str
    admin_password_file: Path
    session: SessionLimits = SessionLimits()
    upstreams: Mapping[UpstreamName, HttpUrl] = field(default_factory=dict)
    stack: Stack = Stack()
    dashboards: Path | None = None
    """The folder of provisioned dashboards, ``UID.json`` each."""
    runbooks: Path | None = None
    """The folder of runbooks, ``ALERTNAME.md`` each."""
    verify_report: Path | None = None
    receipts: HttpUrl | None = None
    """Where the canary tells what it was notified of."""
    receipts_token_file: Path | None = None
    organisation_label: str = "organisation"
    """The label by whose value a bound person's data is told from everybody else's."""
    public_status: PublicStatus | None = None
    provider: Provider | None = None
