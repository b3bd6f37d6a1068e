"""The description file as models: its keys, their meaning, defaults and examples. What is written here is also the schema,
the starter file and the reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import DnsLabel, Duration, FilePath, Many, Name, Port, Size, Variable, Written, refusal
from watchkeeper.spec.nearest import suggest
from watchkeeper.spec.presets import PRESETS, Collector, DashboardsEngine, LogsEngine, TracesEngine
from watchkeeper.spec.routes import Routes
from watchkeeper.spec.sources import Logs, Probes, Scrape


def _preset(value: str) -> str:
    if value not in PRESETS:
        raise refusal("unknown-preset", f"cannot use the preset {value!r}", suggest(value, PRESETS, what="presets"))
    return value


PresetName = Annotated[str, AfterValidator(_preset), Field(json_schema_extra={"enum": sorted(PRESETS)})]


class Component(Written):
    """What holds for every component; further keys are the component's own options, checked by its option model."""

    model_config = ConfigDict(extra="allow")

    enabled: bool = Field(default=True, description="false leaves out a component of the preset; true adds one.")
    memory: Size | None = Field(default=None, description="The most it may use, if not its own default.", examples=["300MiB"])

    start_after: Many[Name] = Field(
        default=(),
        description="Components that must be ready before this one starts, besides those it needs anyway.",
        examples=[["store"]],
    )

    @property
    def options(self) -> Mapping[str, Any]:
        """The component's own options as written."""
        return self.__pydantic_extra__ or {}


class Engines(Written):
    """Which programs keep logs and traces, collect logs and show dashboards. All speak the same APIs, so that choosing another
    one changes no query and no dashboard. Not written: embedded ones on bare processes, those of the preset in containers.
    """

    logs: LogsEngine | None = Field(default=None, description="Keeps the logs.", examples=["embedded"])
    collector: Collector | None = Field(default=None, description="Collects the logs.", examples=["embedded"])
    traces: Many[TracesEngine] | None = Field(
        default=None, description="Keep the traces; [] for none.", examples=[["embedded"]]
    )
    dashboards: DashboardsEngine | None = Field(default=None, description="Shows the dashboards.", examples=["console"])


class Retention(Written):
    """How long data is kept. Whichever of time and size is reached first decides."""

    metrics: Duration = Field(default=30 * 86_400, description="How long metrics are kept.")
    logs: Duration = Field(default=30 * 86_400, description="How long log lines are kept.")
    metrics_size: Size | None = Field(default=None, description="The most disk that metrics may use.", examples=["10GB"])
    logs_size: Size | None = Field(default=None, description="The most disk that logs may use.", examples=["10GB"])


class Budget(Written):
    """What all components together may use. A plan that needs more is refused before anything starts."""

    memory: Size | None = Field(
        default=None, description="Memory, if not the sum of what the components need.", examples=["2GiB"]
    )
    disk: Size | None = Field(default=None, description="Disk for the data of all components.", examples=["20GB"])


class Ports(Written):
    """Ports on this machine's own address. Those not written are chosen from base upwards, the same on every run."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Port]

    base: int = Field(default=23_000, ge=1_024, le=65_000, description="The console's port; the others follow.")

    @property
    def chosen(self) -> Mapping[str, int]:
        """``workload`` or ``workload.endpoint`` → port."""
        return self.__pydantic_extra__ or {}


class SecretSource(Written):
    """Where the value of a secret comes from."""

    file: FilePath | None = Field(
        default=None, description="A file that holds nothing but the secret.", examples=["secrets/admin"]
    )
    environment: Variable | None = Field(
        default=None,
        description="An environment variable of the command that starts the platform.",
        examples=["WATCHKEEPER_ADMIN_PASSWORD"],
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.file and self.environment:
            yield ("environment",), refusal("conflicting-keys", "cannot take a secret from a file and from the environment",
                                            "keep one of them", key=True)  # fmt: skip
        elif not self.file and not self.environment:
            yield (), refusal("missing-key", "cannot tell where this secret comes from", "add file or environment")


class SignIn(Written):
    """The account that opens the console. There is no registration."""

    user: str = Field(default="admin", min_length=1, max_length=64, description="The user name.")
    password_file: FilePath | None = Field(
        default=None,
        description="The file that holds the password; without one a long password is made at the first start.",
        examples=["secrets/admin-password"],
    )
    idle_timeout: Duration = Field(default=8 * 3_600, description="Signed out after this time without a request.")
    absolute_timeout: Duration = Field(default=7 * 86_400, description="Signed out after this time in any case.")

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.idle_timeout > self.absolute_timeout:
            yield ("idle_timeout",), refusal("out-of-range", "cannot stay signed in idle for longer than at all",
                                             "use at most the absolute_timeout")  # fmt: skip


class Description(Written):
    """Everything a person can say about a stack. All keys are optional; an empty file is the preset core."""

    name: DnsLabel = Field(default="watchkeeper", description="The name of the stack; its data folder is named after it.")
    preset: PresetName = Field(default="core", description="Which components start.")
    target: Literal["native", "compose", "kubernetes", "ansible"] = Field(
        default="native",
        description="Where they run: as processes of this machine, or as files for Docker Compose, Kubernetes or Ansible.",
    )
    releases: Literal["current", "seed"] = Field(
        default="current",
        description="Which versions: the current ones, or the older set of the original texts.",
    )
    engines: Engines = Field(default=Engines(), description="Which programs keep and show what is collected.")
    components: dict[Name, Component] = Field(
        default={},
        description="Options of single components, by name.",
        examples=[{"prometheus": {"memory": "300MiB"}}],
    )
    scrape: Scrape = Field(default=Scrape(), description="Which metrics are collected.")
    logs: Logs = Field(default=Logs(), description="Which logs are collected.")
    probes: Probes = Field(default=Probes(), description="Which addresses are asked from outside.")
    retention: Retention = Field(default=Retention(), description="How long data is kept.")
    budget: Budget = Field(default=Budget(), description="What the platform may use.")
    ports: Ports = Field(default=Ports(), description="Where it listens.")
    routes: Routes = Field(
        default=Routes(),
        description="Who is told about alerts. Without receivers they are shown in the console only.",
        examples=[
            {
                "receivers": [
                    {"name": "ops", "webhook": {"url": "http://127.0.0.1:9000/alerts"}},
                    {"name": "shop-team", "webhook": {"url_file": "secrets/shop-team-webhook"}},
                ],
                "default": "ops",
                "rules": [{"match": {"team": "shop"}, "receiver": "shop-team"}],
            }
        ],
    )
    environments: dict[DnsLabel, dict[str, Any]] = Field(
        default={},
        description="Keys that differ in an environment, chosen with --environment NAME. A mapping is merged with the one "
        "above, anything else replaces it. A file watchkeeper.NAME.yaml beside this one says the same.",
        examples=[{"production": {"retention": {"metrics": "90d"}, "scrape": {"interval": "15s"}}}],
    )
    secrets: dict[Name, SecretSource] = Field(
        default={},
        description="Where secrets come from that would otherwise be generated.",
        examples=[{"console-admin-password": {"environment": "WATCHKEEPER_ADMIN_PASSWORD"}}],
    )
    sign_in: SignIn = Field(default=SignIn(), description="The account that opens the console.")
