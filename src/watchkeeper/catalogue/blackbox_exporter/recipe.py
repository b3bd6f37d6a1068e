"""blackbox_exporter: asks endpoints from outside, as a user would."""

from __future__ import annotations

from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Options, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConfigPath, ListenAddress, Structure, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Workload

NAME = "blackbox_exporter"

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


def offer(options: Options, basics: Basics) -> Offer:
    """Its own metrics and the rules about probes."""
    return Offer(scrapes=(ScrapeOffer(job="blackbox_exporter", workload=NAME),), rules=rule_files(NAME))


def workloads(options: Options, scene: Scene) -> tuple[Workload, ...]:
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
            environment={"GOMEMLIMIT": f"{memory_bytes * 85 // 100}B"},
            health=Health(ready=healthy, alive=healthy),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=9115),),
            files=(ConfigFile(name="blackbox.yml", format="yaml", content={"modules": modules}),),
            reload="HUP",
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="probes of endpoints and certificates",
    options=Options,
    offer=offer,
    workloads=workloads,
    memory_bytes=64 * 1024 * 1024,
)
