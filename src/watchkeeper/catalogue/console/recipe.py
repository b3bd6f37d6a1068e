"""The console: sign-in, status and queries in the browser (see ``watchkeeper_console``)."""

from __future__ import annotations

from watchkeeper.catalogue.canary.recipe import TOKEN as CANARY_TOKEN
from watchkeeper.catalogue.console.dashboards import DASHBOARDS
from watchkeeper.catalogue.console.options import ConsoleOptions, Oidc
from watchkeeper.catalogue.console.runbooks import runbooks
from watchkeeper.catalogue.engine import engine_arguments, engine_health
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, ProbeOffer, Scene, ScrapeOffer
from watchkeeper.spec.quantities import format_duration
from watchkeeper.workload.reference import (
    BrowserUrl,
    ConfigPath,
    ConnectUrl,
    LatestProof,
    SecretPath,
    Structure,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Secret, Volume, Workload

NAME = "console"
DASHBOARDS_FOLDER = "dashboards"
ADMIN_PASSWORD = Secret(
    name="console-admin-password",
    purpose="signs the administrator in to the console",
    length=24,
    environment="WATCHKEEPER_ADMIN_PASSWORD",
)
CLIENT_SECRET = "console-oidc-client-secret"  # noqa: S105 - a secret's name
RUNBOOKS_FOLDER = "runbooks"
CANARY = "canary"
UPSTREAMS = {
    "prometheus": ("prometheus",),
    "alertmanager": ("alertmanager",),
    "logs": ("store", "loki"),
    "traces": ("tempo", "store"),
}
"""The console's word for an API → the workloads that speak it; the first one that is part of the stack is asked."""


def offer(options: ConsoleOptions, basics: Basics) -> Offer:
    """Its own metrics, and a probe of the sign-in page as a visitor sees it."""
    page = ConnectUrl(workload=NAME, endpoint="http", path="/login")
    return Offer(
        scrapes=(ScrapeOffer(job=NAME, workload=NAME),),
        probes=(ProbeOffer(name="console sign-in page", target=page),),
        rules=rule_files(
            NAME,
            {"sign_in_page_warning_s": options.sign_in_page_warning_s, "sessions_warning": options.sessions_warning},
        ),
        secrets=(ADMIN_PASSWORD, *_client_secret(options, basics)),
        dashboards=DASHBOARDS,
        console_url=_public_url(options),
    )


def _public_url(options: ConsoleOptions) -> str | BrowserUrl:
    return options.public_url.rstrip("/") if options.public_url else BrowserUrl(workload=NAME, endpoint="http")


def _client_secret(options: ConsoleOptions, basics: Basics) -> tuple[Secret, ...]:
    if options.oidc is None or options.oidc.client_secret_file is None:
        return ()
    file = str(basics.folder / options.oidc.client_secret_file)
    return (Secret(name=CLIENT_SECRET, purpose="signs the console in to the identity provider", file=file),)


def workloads(options: ConsoleOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process, the only one meant for people."""
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Web console: sign-in, status, queries",
            software=scene.software[NAME],
            arguments=engine_arguments(volume="data", config="console.yaml"),
            health=engine_health(),
            resources=Resources(memory_bytes=scene.memory_bytes[NAME]),
            endpoints=(Endpoint(name="http", port=3000, browser=True),),
            files=(
                ConfigFile(name="console.yaml", format="yaml", content=_configuration(options, scene), reloadable=False),
                *_dashboards(scene),
                *_runbooks(),
            ),
            volumes=(Volume(name="data"),),
            secrets=(
                ADMIN_PASSWORD.name,
                *(secret.name for secret in _client_secret(options, scene.basics)),
                *((CANARY_TOKEN.name,) if scene.has(CANARY) else ()),
            ),
            needs=tuple(_upstreams(scene).values()),
        ),
    )


def _upstreams(scene: Scene) -> dict[str, str]:
    """The console's word for an API → the workload that is asked."""
    found = {api: next((name for name in names if scene.has(name)), None) for api, names in UPSTREAMS.items()}
    return {api: workload for api, workload in found.items() if workload is not None}


def _configuration(options: ConsoleOptions, scene: Scene) -> Structure:
    basics = scene.basics
    stack: dict[str, Structure] = {"name": basics.name}
    if status_url := scene.status_url():
        stack["status_url"] = status_url
    upstreams = {api: ConnectUrl(workload=workload, endpoint="http") for api, workload in _upstreams(scene).items()}
    configuration: dict[str, Structure] = {
        "public_url": _public_url(options),
        "admin": {"user": basics.admin_user, "password_file": SecretPath(secret=ADMIN_PASSWORD.name)},
        "session": {"idle": format_duration(basics.session_idle_s), "absolute": format_duration(basics.session_absolute_s)},
        "upstreams": upstreams,
        "stack": stack,
        "dashboards": text(ConfigPath(), f"/{DASHBOARDS_FOLDER}"),
        "runbooks": text(ConfigPath(), f"/{RUNBOOKS_FOLDER}"),
        "verify_report": LatestProof(),
        "organisations": {"label": options.organisation_label},
    }
    if scene.has(CANARY):
        configuration["receipts"] = {
            "url": ConnectUrl(workload=CANARY, endpoint="http"),
            "token_file": SecretPath(secret=CANARY_TOKEN.name),
        }
    if options.public_status.enabled:
        probes: Structure = [{"name": name} for name in options.public_status.probes]
        configuration["public_status"] = {"title": options.public_status.title, "probes": probes}
    if options.oidc is not None:
        configuration["oidc"] = _oidc(options.oidc)
    return configuration


def _oidc(oidc: Oidc) -> Structure:
    told: dict[str, Structure] = {
        "issuer": oidc.issuer,
        "client_id": oidc.client_id,
        "scopes": " ".join(oidc.scopes),
        "user_claim": oidc.user_claim,
        "role_claim": oidc.role_claim,
        "roles": [{"value": value, "role": role} for value, role in oidc.roles.items()],
    }
    if oidc.client_secret_file is not None:
        told["client_secret_file"] = SecretPath(secret=CLIENT_SECRET)
    if oidc.default_role is not None:
        told["default_role"] = oidc.default_role
    if oidc.organisation_claim is not None:
        told["organisation_claim"] = oidc.organisation_claim
    return told


def _runbooks() -> tuple[ConfigFile, ...]:
    """All of them, whatever is enabled: a link in an old notification still leads somewhere."""
    return tuple(
        ConfigFile(name=f"{RUNBOOKS_FOLDER}/{name}.md", format="text", content=content) for name, content in runbooks().items()
    )


def _dashboards(scene: Scene) -> tuple[ConfigFile, ...]:
    """Every component's dashboards, as Grafana would read them."""
    # slow to import, and not needed where there is no console
    from watchkeeper.dashboards.grafana import grafana_json

    return tuple(
        ConfigFile(name=f"{DASHBOARDS_FOLDER}/{dashboard.uid}.json", format="json", content=grafana_json(dashboard))
        for dashboard in scene.dashboards()
    )


COMPONENT = Component(
    name=NAME,
    summary="web console",
    options=ConsoleOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=128 * 1024 * 1024,
)
