"""The console: sign-in, status and queries in the browser (see ``watchkeeper_console``)."""

from __future__ import annotations

from watchkeeper.catalogue.console.dashboards import DASHBOARDS
from watchkeeper.catalogue.console.options import ConsoleOptions
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
UPSTREAMS = {"prometheus": "prometheus", "alertmanager": "alertmanager", "logs": "store"}
"""The console's word for an API → the workload that speaks it."""


def offer(options: ConsoleOptions, basics: Basics) -> Offer:
    """Its own metrics, and a probe of the sign-in page as a visitor sees it."""
    page = ConnectUrl(workload=NAME, endpoint="http", path="/login")
    return Offer(
        scrapes=(ScrapeOffer(job=NAME, workload=NAME),),
        probes=(ProbeOffer(name="console sign-in page", target=page),),
        rules=rule_files(NAME, options.model_dump()),
        secrets=(ADMIN_PASSWORD,),
        dashboards=DASHBOARDS,
    )


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
                ConfigFile(name="console.yaml", format="yaml", content=_configuration(scene), reloadable=False),
                *_dashboards(scene),
            ),
            volumes=(Volume(name="data"),),
            secrets=(ADMIN_PASSWORD.name,),
            needs=tuple(workload for workload in UPSTREAMS.values() if scene.has(workload)),
        ),
    )


def _configuration(scene: Scene) -> Structure:
    basics = scene.basics
    stack: dict[str, Structure] = {"name": basics.name}
    if status_url := scene.status_url():
        stack["status_url"] = status_url
    return {
        "public_url": BrowserUrl(workload=NAME, endpoint="http"),
        "admin": {"user": basics.admin_user, "password_file": SecretPath(secret=ADMIN_PASSWORD.name)},
        "session": {"idle": format_duration(basics.session_idle_s), "absolute": format_duration(basics.session_absolute_s)},
        "upstreams": {
            api: ConnectUrl(workload=workload, endpoint="http") for api, workload in UPSTREAMS.items() if scene.has(workload)
        },
        "stack": stack,
        "dashboards": text(ConfigPath(), f"/{DASHBOARDS_FOLDER}"),
        "verify_report": LatestProof(),
    }


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
