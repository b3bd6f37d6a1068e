"""The words between recipes: what a component offers the others, and the scene in which it plans its own workloads.

Planning has two rounds. First every enabled component says what it *offers* (metrics to scrape, rules, things to probe).
Then each makes its *workloads*, seeing the offers of all. So Prometheus scrapes a component that it has never heard of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from watchkeeper.catalogue.routing import Routing
from watchkeeper.dashboards.model import Dashboard
from watchkeeper.spec.fields import Written
from watchkeeper.workload.reference import BrowserUrl, ConnectUrl, Structure
from watchkeeper.workload.software import Software
from watchkeeper.workload.workload import NetworkName, Secret, Workload

ReleaseSet: TypeAlias = Literal["seed", "current"]


class Options(Written):
    """Base of every component's options, and the whole of a component's that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapeOffer:
    """Metrics of a workload (``workload`` and ``endpoint``) or of something outside (``targets``, ``host:port`` each)."""

    job: str
    workload: str = ""
    endpoint: str = "http"
    targets: tuple[str, ...] = ()
    path: str = "/metrics"
    scheme: str = "http"
    interval_s: int | None = None
    timeout_s: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    network: NetworkName = "monitoring"
    """Where the workload is found."""
    sign_in: Mapping[str, Structure] = field(default_factory=dict)
    """Prometheus' own ``basic_auth`` or ``authorization`` block, with SecretPath in place of secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOffer:
    """Something that the blackbox exporter asks from outside: ``target`` is a URL, or ``host:port`` for TCP modules.

    ``module`` names one of the exporter's modules; ``settings`` defines it where it is this probe's own.
    """

    name: str
    target: Structure
    module: str = "http_2xx"
    settings: Mapping[str, Structure] = field(default_factory=dict)
    interval_s: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A Prometheus rule file, as data; ``name`` becomes its file name."""

    name: str
    content: Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one component gives to the others."""

    scrapes: tuple[ScrapeOffer, ...] = ()
    probes: tuple[ProbeOffer, ...] = ()
    rules: tuple[RuleFile, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    log_files: tuple[Mapping[str, Structure], ...] = ()
    secrets: tuple[Secret, ...] = ()
    status_url: ConnectUrl | None = None
    """Where the health of all components can be read as JSON, if this component knows it."""
    console_url: str | BrowserUrl | None = None
    """Where people reach the console, for links in notifications, if this component is it."""
    database: str = ""
    """Name of the application's database, if this component keeps one."""
    application_user: str = ""
    """By which name the application signs in to this component, if it does."""
    engine_clients: tuple[str, ...] = ()
    """Workloads that may read the container engine's API through the proxy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basics:
    """What the description decided for everybody. Times in seconds, sizes in bytes, 0 where there is no limit."""

    name: str
    releases: ReleaseSet
    scrape_interval_s: int
    scrape_timeout_s: int
    evaluation_interval_s: int
    metrics_retention_s: int
    metrics_retention_bytes: int
    logs_retention_s: int
    logs_retention_bytes: int
    scrape_jobs: tuple[ScrapeOffer, ...] = ()
    probes: tuple[ProbeOffer, ...] = ()
    routing: Routing = field(default_factory=Routing)
    log_files: tuple[Mapping[str, Structure], ...] = ()
    journal: str = "auto"
    system_log_files: bool = True
    admin_user: str = "admin"
    session_idle_s: int = 8 * 3600
    session_absolute_s: int = 7 * 24 * 3600
    secrets: tuple[Secret, ...] = ()
    """Secrets that stand in files of the user's, as far as no component asks for them by itself."""
    folder: Path = Path()
    """Where the description lies; relative paths of options start there."""
    components: frozenset[str] = frozenset()
    """Names of everything enabled, so that what stands in for a component can step back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a recipe may look at. ``offers`` by component name, of every enabled component; ``memory_bytes`` by component."""

    basics: Basics
    offers: Mapping[str, Offer]
    software: Mapping[str, Software]
    memory_bytes: Mapping[str, int]

    def scrapes(self) -> tuple[ScrapeOffer, ...]:
        """Every scrape on offer, the description's own last, sorted by job inside each."""
        offered = sorted((s for offer in self.offers.values() for s in offer.scrapes), key=lambda s: (s.job, s.path))
        return (*offered, *self.basics.scrape_jobs)

    def probes(self) -> tuple[ProbeOffer, ...]:
        """Every probe on offer, the description's own last."""
        return (*(p for name in sorted(self.offers) for p in self.offers[name].probes), *self.basics.probes)

    def rules(self) -> tuple[RuleFile, ...]:
        """Every rule file on offer, sorted by name."""
        return tuple(sorted((r for offer in self.offers.values() for r in offer.rules), key=lambda r: r.name))

    def dashboards(self) -> tuple[Dashboard, ...]:
        """Every dashboard on offer, sorted by uid."""
        return tuple(sorted((d for offer in self.offers.values() for d in offer.dashboards), key=lambda d: d.uid))

    def secrets(self) -> tuple[Secret, ...]:
        """Every secret that must exist, sorted by name."""
        offered = (s for offer in self.offers.values() for s in offer.secrets)
        return tuple(sorted((*offered, *self.basics.secrets), key=lambda s: s.name))

    def status_url(self) -> ConnectUrl | None:
        """The status page of the platform, where a component offers one."""
        return next((offer.status_url for _, offer in sorted(self.offers.items()) if offer.status_url), None)

    def log_store(self) -> str:
        """The workload that speaks Loki's API on its endpoint ``http``, or ""."""
        return next((name for name in ("loki", "store") if name in self.offers), "")

    def engine_clients(self) -> tuple[str, ...]:
        """Who may read the container engine's API, sorted."""
        return tuple(sorted({client for offer in self.offers.values() for client in offer.engine_clients}))

    def console_url(self) -> str | BrowserUrl | None:
        """Where people reach the console, where there is one."""
        return next((offer.console_url for _, offer in sorted(self.offers.items()) if offer.console_url), None)

    def has(self, component: str) -> bool:
        """Whether that component is part of the plan."""
        return component in self.offers


OfferRecipe: TypeAlias = Callable[[Any, Basics], Offer]
WorkloadRecipe: TypeAlias = Callable[[Any, Scene], tuple[Workload, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One entry of the catalogue. ``needs``: components it cannot do without; ``needs_one_of``: any of these will do;
    ``needs_in``: those that its image of a release set needs besides; none counts when the option ``needless_with`` is given.
    ``memory_bytes``: its default share. ``role``: whether it watches, or is what an application is built on; budgets for
    monitoring count the former only.
    """

    name: str
    summary: str
    options: type[Options]
    offer: OfferRecipe
    workloads: WorkloadRecipe
    memory_bytes: int
    needs: tuple[str, ...] = ()
    needs_one_of: tuple[str, ...] = ()
    needs_in: Mapping[ReleaseSet, tuple[str, ...]] = field(default_factory=dict)
    needless_with: str = ""
    role: Literal["monitoring", "application"] = "monitoring"
