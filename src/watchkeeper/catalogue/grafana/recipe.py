"""Grafana: the same dashboards, data sources with uids that never change, one account and no registration."""

from __future__ import annotations

from watchkeeper.catalogue.config_text import Value, ini
from watchkeeper.catalogue.console.recipe import ADMIN_PASSWORD
from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.grafana.data_sources import data_sources
from watchkeeper.catalogue.grafana.options import GrafanaOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, ProbeOffer, Scene, ScrapeOffer
from watchkeeper.spec.quantities import format_duration
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import (
    BrowserUrl,
    ConfigPath,
    ConnectUrl,
    ListenHost,
    ListenPort,
    SecretPath,
    Structure,
    Text,
    VolumePath,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Secret, Volume, Workload

NAME = "grafana"
FILE = "grafana.ini"
DASHBOARDS_FOLDER = "dashboards"
SECRET_KEY = Secret(name="grafana-secret-key", purpose="encrypts what Grafana keeps in its database", length=48)


def offer(options: GrafanaOptions, basics: Basics) -> Offer:
    """Its own metrics, and a probe of the sign-in page as a visitor sees it."""
    page = ConnectUrl(workload=NAME, endpoint="http", path="/login")
    return Offer(
        scrapes=(ScrapeOffer(job=NAME, workload=NAME),),
        probes=(ProbeOffer(name="grafana sign-in page", target=page),),
        secrets=(ADMIN_PASSWORD, SECRET_KEY),
    )


def workloads(options: GrafanaOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process, the one meant for people."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = HttpProbe(endpoint="http", path="/api/health", timeout_s=3.0)
    data = VolumePath(volume="data")
    upstreams = ("prometheus", "loki", "store", "tempo", "jaeger", "alertmanager")
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Dashboards in the browser",
            software=scene.software[NAME],
            arguments=(),
            environment={
                **go_environment(memory_bytes),
                "GF_PATHS_CONFIG": ConfigPath(file=FILE),
                "GF_PATHS_PROVISIONING": text(ConfigPath(), "/provisioning"),
                "GF_PATHS_DATA": data,
                "GF_PATHS_LOGS": text(data, "/log"),
                "GF_PATHS_PLUGINS": text(data, "/plugins"),
            },
            health=Health(ready=healthy, alive=healthy, start_deadline_s=120.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes, open_files=16_384),
            endpoints=(Endpoint(name="http", port=3000, browser=True),),
            files=(
                ConfigFile(name=FILE, format="text", content=_settings(options, scene), reloadable=False),
                ConfigFile(
                    name="provisioning/datasources/watchkeeper.yaml",
                    format="yaml",
                    content=data_sources(scene, options.query_timeout_s),
                    reloadable=False,
                ),
                ConfigFile(
                    name="provisioning/dashboards/watchkeeper.yaml", format="yaml", content=_provider(), reloadable=False
                ),
                *_dashboards(scene),
            ),
            volumes=(Volume(name="data"),),
            secrets=(ADMIN_PASSWORD.name, SECRET_KEY.name),
            needs=tuple(name for name in upstreams if scene.has(name)),
        ),
    )


def _from_file(secret: str) -> Text:
    """Grafana's own way to read a value from a file."""
    return text("$__file{", SecretPath(secret=secret), "}")


def _settings(options: GrafanaOptions, scene: Scene) -> Text:
    basics = scene.basics
    root_url: Value = options.public_url or BrowserUrl(workload=NAME, endpoint="http", path="/")
    sections: dict[str, dict[str, Value]] = {
        "server": {
            "http_addr": ListenHost(endpoint="http"),
            "http_port": ListenPort(endpoint="http"),
            "root_url": root_url,
            "enable_gzip": True,
        },
        "database": {"type": "sqlite3", "wal": True},
        "security": {
            "admin_user": basics.admin_user,
            # read at the first start only: later, a changed password is set with grafana's own command
            "admin_password": _from_file(ADMIN_PASSWORD.name),
            "secret_key": _from_file(SECRET_KEY.name),
            "disable_gravatar": True,
            "cookie_secure": str(options.public_url or "").startswith("https://"),
            "cookie_samesite": "strict",
            "strict_transport_security": False,
            "content_security_policy": True,
        },
        "users": {"allow_sign_up": False, "allow_org_create": False, "viewers_can_edit": False},
        "auth": {
            "login_maximum_inactive_lifetime_duration": format_duration(basics.session_idle_s),
            "login_maximum_lifetime_duration": format_duration(basics.session_absolute_s),
            "disable_login_form": False,
        },
        "auth.anonymous": {"enabled": False},
        "auth.basic": {"enabled": True},
        "snapshots": {"external_enabled": False},
        "analytics": {
            "reporting_enabled": False,
            "check_for_updates": False,
            "check_for_plugin_updates": False,
            "feedback_links_enabled": False,
        },
        "news": {"news_feed_enabled": False},
        # alerts are Alertmanager's: two places that send would each miss what the other silences
        "unified_alerting": {"enabled": False},
        "alerting": {"enabled": False},
        "plugins": {"preinstall_disabled": True, "plugin_admin_enabled": False},
        "dashboards": {
            "min_refresh_interval": "5s",
            "default_home_dashboard_path": text(ConfigPath(), f"/{DASHBOARDS_FOLDER}/watchkeeper-overview.json"),
        },
        "log": {"mode": "console", "level": "info"},
        "log.console": {"format": "text"},
        "metrics": {"enabled": True},
    }
    if not any(dashboard.uid == "watchkeeper-overview" for dashboard in scene.dashboards()):
        del sections["dashboards"]["default_home_dashboard_path"]
    return ini(sections)


def _provider() -> Structure:
    """Dashboards are files: what is changed in the browser would be lost, so it cannot be saved over them."""
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": "watchkeeper",
                "orgId": 1,
                "folder": "Watchkeeper",
                "type": "file",
                "disableDeletion": True,
                "allowUiUpdates": False,
                "updateIntervalSeconds": 30,
                "options": {"path": text(ConfigPath(), f"/{DASHBOARDS_FOLDER}")},
            }
        ],
    }


def _dashboards(scene: Scene) -> tuple[ConfigFile, ...]:
    # slow to import, and not needed where there is no Grafana
    from watchkeeper.dashboards.grafana import grafana_json

    return tuple(
        ConfigFile(name=f"{DASHBOARDS_FOLDER}/{dashboard.uid}.json", format="json", content=grafana_json(dashboard))
        for dashboard in scene.dashboards()
    )


COMPONENT = Component(
    name=NAME,
    summary="dashboards, with the same files that the console draws",
    options=GrafanaOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=256 * 1024 * 1024,
    needs=("prometheus",),
)
