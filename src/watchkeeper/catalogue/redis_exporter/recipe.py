"""redis_exporter: metrics of a Redis server."""

from __future__ import annotations

from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.redis_exporter.options import RedisExporterOptions
from watchkeeper.catalogue.redis_server.recipe import NAME as SERVER
from watchkeeper.catalogue.redis_server.recipe import PASSWORD
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConnectAddress, ListenAddress, SecretPath, SecretValueOf, text
from watchkeeper.workload.workload import Endpoint, Resources, Secret, Workload

NAME = "redis_exporter"
OUTSIDE_PASSWORD = "redis-exporter-password"  # noqa: S105 - the secret's name, not its value
PASSWORDS = "redis-exporter-passwords"


def offer(options: RedisExporterOptions, basics: Basics) -> Offer:
    """The job that the mocks stand in for until now."""
    secrets: tuple[Secret, ...] = ()
    if options.password_file:
        file = str(basics.folder / options.password_file)
        secrets = (Secret(name=OUTSIDE_PASSWORD, purpose="signs redis_exporter in to a server outside", file=file),)
    if options.password_file or not options.target:
        password = OUTSIDE_PASSWORD if options.target else PASSWORD.name
        server = options.target or ConnectAddress(workload=SERVER, endpoint="redis")
        quoted = SecretValueOf(secret=password, quoting="json")
        secrets += (
            Secret(
                name=PASSWORDS,
                purpose="tells redis_exporter the password of each server",
                content=('{"redis://', server, '": ', quoted, "}\n"),
            ),
        )
    return Offer(scrapes=(ScrapeOffer(job="redis", workload=NAME),), secrets=secrets)


def workloads(options: RedisExporterOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process beside the server. It reads the password from a file of addresses and passwords."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = HttpProbe(endpoint="http", path="/health")
    server = options.target or ConnectAddress(workload=SERVER, endpoint="redis")
    signed_in = bool(options.password_file) or not options.target
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Metrics of Redis",
            software=scene.software[NAME],
            arguments=(
                text("--web.listen-address=", ListenAddress(endpoint="http")),
                text("--redis.addr=redis://", server),
                *((text("--redis.password-file=", SecretPath(secret=PASSWORDS)),) if signed_in else ()),
            ),
            environment=go_environment(memory_bytes),
            health=Health(ready=healthy, alive=healthy),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=9121),),
            secrets=(PASSWORDS,) if signed_in else (),
            needs=() if options.target else (SERVER,),
            networks=("app", "monitoring"),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="metrics of a Redis server",
    options=RedisExporterOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=32 * 1024 * 1024,
    needs=(SERVER,),
    needless_with="target",
)
