"""Traefik: the one door to the outside, in front of what people may open. It is configured by files, not by the engine."""

from __future__ import annotations

from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.catalogue.traefik_proxy.options import TraefikProxyOptions
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConfigPath, ConnectUrl, ListenAddress, Structure, VolumePath, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Stop, Volume, Workload

NAME = "traefik_proxy"
FILE = "traefik.yaml"
ROUTES = "routes/watchkeeper.yaml"
PAGES = ("oauth2_proxy", "grafana", "console")
"""What may stand behind the dashboards' name, the first that is part of the plan; each asks for a sign-in itself."""


def offer(options: TraefikProxyOptions, basics: Basics) -> Offer:
    """The job that the mocks stand in for until now."""
    return Offer(scrapes=(ScrapeOffer(job="traefik", workload=NAME, endpoint="admin"),))


def workloads(options: TraefikProxyOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process, the only one that may be reached from elsewhere."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = HttpProbe(endpoint="admin", path="/ping", timeout_s=3.0)
    behind = tuple(name for name in (*PAGES, "app") if scene.has(name))
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Reverse proxy: the one door to the outside",
            software=scene.software[NAME],
            arguments=(text("--configFile=", ConfigPath(file=FILE)),),
            environment=go_environment(memory_bytes),
            health=Health(ready=healthy, alive=healthy, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes, open_files=16_384),
            endpoints=(
                # high ports inside, so that nobody needs root or a capability to listen
                Endpoint(name="web", port=8080, browser=True),
                Endpoint(name="websecure", port=8443, protocol="https", browser=True),
                Endpoint(name="admin", port=8082),
            ),
            files=(
                ConfigFile(name=FILE, format="yaml", content=_settings(options), reloadable=False),
                ConfigFile(name=ROUTES, format="yaml", content=_routes(options, scene)),
            ),
            volumes=(Volume(name="certificates"),),
            needs=behind,
            stop=Stop(grace_s=20.0),
            networks=("monitoring", "edge", *(("app",) if scene.has("app") else ())),
        ),
    )


def _settings(options: TraefikProxyOptions) -> Structure:
    content: dict[str, Structure] = {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "WARN"},
        "accessLog": {"format": "json", "filters": {"statusCodes": ["400-599"]}},
        "api": {"dashboard": False},
        "ping": {"entryPoint": "admin"},
        "metrics": {
            "prometheus": {
                "entryPoint": "admin",
                "addServicesLabels": True,
                "buckets": [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0],
            }
        },
        "entryPoints": {
            "web": {
                "address": ListenAddress(endpoint="web"),
                **(
                    {"http": {"redirections": {"entryPoint": {"to": ":443", "scheme": "https", "permanent": True}}}}
                    if options.email
                    else {}
                ),
            },
            "websecure": {"address": ListenAddress(endpoint="websecure")},
            "admin": {"address": ListenAddress(endpoint="admin")},
        },
        "providers": {"file": {"directory": text(ConfigPath(), "/routes"), "watch": True}},
    }
    if options.email:
        content["certificatesResolvers"] = {
            "letsencrypt": {
                "acme": {
                    "email": options.email,
                    "storage": text(VolumePath(volume="certificates"), "/acme.json"),
                    "tlsChallenge": {},
                }
            }
        }
    return content


def _routes(options: TraefikProxyOptions, scene: Scene) -> Structure:
    page = next((name for name in PAGES if scene.has(name)), "")
    behind = ([("dashboards", options.host, page, "http")] if page else []) + (
        [("app", options.app_host, "app", "http")] if scene.has("app") else []
    )
    routers: dict[str, Structure] = {}
    services: dict[str, Structure] = {}
    tls: Structure = {"certResolver": "letsencrypt"} if options.email else {}
    for name, host, workload, endpoint in behind:
        routers[name] = {
            "rule": f"Host(`{host}`)",
            "entryPoints": ["websecure"] if options.email else ["web", "websecure"],
            "service": name,
            "middlewares": ["headers", "rate"],
            **({"tls": tls} if options.email else {}),
        }
        services[name] = {"loadBalancer": {"servers": [{"url": ConnectUrl(workload=workload, endpoint=endpoint)}]}}
    return {
        "http": {
            "routers": routers,
            "services": services,
            "middlewares": {
                "headers": {
                    "headers": {
                        "frameDeny": True,
                        "contentTypeNosniff": True,
                        "referrerPolicy": "same-origin",
                        **({"stsSeconds": 31_536_000} if options.email else {}),
                    }
                },
                "rate": {"rateLimit": {"average": 100, "burst": 200}},
            },
        }
    }


COMPONENT = Component(
    name=NAME,
    summary="reverse proxy in front of what people open",
    options=TraefikProxyOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=96 * 1024 * 1024,
    role="application",
)
