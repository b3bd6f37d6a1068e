"""blackbox_exporter: asks endpoints from outside, as a user would."""

from __future__ import annotations

from watchkeeper.catalogue.blackbox_exporter.dashboards import DASHBOARDS
from watchkeeper.catalogue.blackbox_exporter.options import BlackboxExporterOptions
from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, ProbeOffer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConfigPath, ListenAddress, Structure, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Workload

NAME = "blackbox_exporter"
CERTIFICATE_RULES = f"{NAME}-certificates.yaml"

# Names without a preferred protocol would ask over IPv6 first and fail on hosts that have none.
MODULES: dict[str, Structure] = {
    "http_2xx": {"prober": "http", "timeout": "5s", "http": {"preferred_ip_protocol": "ip4"}},
    "http_any": {
        "prober": "http",
        "timeout": "5s",
        "http": {"preferred_ip_protocol": "ip4", "valid_status_codes": [200, 204, 301, 302, 303, 307, 308, 401, 403]},
    },
    "tcp_connect": {"prober": "tcp", "timeout": "5s", "tcp": {"preferred_ip_protocol": "ip4"}},
    # the expiry of a certificate that has expired can only be read when it is not refused
    "tls": {
        "prober": "tcp",
        "timeout": "5s",
        "tcp": {"preferred_ip_protocol": "ip4", "tls": True, "tls_config": {"insecure_skip_verify": True}},
    },
}


def offer(options: BlackboxExporterOptions, basics: Basics) -> Offer:
    """Its own metrics, and the rules about probes; those about certificates where something is probed over TLS."""
    rules = rule_files(NAME, options.model_dump())
    if not any(_speaks_tls(probe) for probe in basics.probes):
        # without such a probe the series never exists, and a rule about it could never fire
        rules = tuple(rule for rule in rules if rule.name != CERTIFICATE_RULES)
    return Offer(scrapes=(ScrapeOffer(job="blackbox_exporter", workload=NAME),), rules=rules, dashboards=DASHBOARDS)


def _speaks_tls(probe: ProbeOffer) -> bool:
    return probe.module == "tls" or str(probe.target).startswith("https://")


def workloads(options: BlackboxExporterOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process."""
    memory_bytes = scene.memory_bytes[NAME]
    modules = MODULES | {probe.module: probe.settings for probe in scene.probes() if probe.settings}
    healthy = HttpProbe(endpoint="http", path="/-/healthy")
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Probes endpoints and certificates from outside",
            software=scene.software[NAME],
            arguments=(
                text("--config.file=", ConfigPath(file="blackbox.yml")),
                text("--web.listen-address=", ListenAddress(endpoint="http")),
            ),
            environment=go_environment(memory_bytes),
            health=Health(ready=healthy, alive=healthy),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=9115),),
            files=(ConfigFile(name="blackbox.yml", format="yaml", content={"modules": modules}),),
            reload="HUP",
            networks=("monitoring", *(("app",) if scene.has("app") else ()), *(("edge",) if scene.basics.probes else ())),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="probes of endpoints and certificates",
    options=BlackboxExporterOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=64 * 1024 * 1024,
)
