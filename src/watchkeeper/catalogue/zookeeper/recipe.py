"""ZooKeeper: where a Kafka of the old release set keeps its metadata."""

from __future__ import annotations

from watchkeeper.catalogue.config_text import Value, directives
from watchkeeper.catalogue.scene import Basics, Component, Offer, Options, Scene
from watchkeeper.workload.probe import Health, TcpProbe
from watchkeeper.workload.reference import ConfigPath, ListenHost, ListenPort, VolumePath, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Volume, Workload

NAME = "zookeeper"
FILE = "zookeeper.properties"
LOGGING = "log4j.properties"


def offer(options: Options, basics: Basics) -> Offer:
    """Nothing to the others."""
    return Offer()


def workloads(options: Options, scene: Scene) -> tuple[Workload, ...]:
    """One node."""
    memory_bytes = scene.memory_bytes[NAME]
    # the one command of four letters that it answers unless it is told not to
    ready = TcpProbe(endpoint="client", send=b"srvr", timeout_s=3.0)
    settings: tuple[tuple[str, Value], ...] = (
        ("dataDir", VolumePath(volume="data")),
        ("clientPort", ListenPort(endpoint="client")),
        ("clientPortAddress", ListenHost(endpoint="client")),
        ("tickTime", 2_000),
        ("maxClientCnxns", 60),
        ("admin.enableServer", False),
        ("autopurge.snapRetainCount", 3),
        ("autopurge.purgeInterval", 24),
    )
    logging: tuple[tuple[str, Value], ...] = (
        ("log4j.rootLogger", "INFO, console"),
        ("log4j.appender.console", "org.apache.log4j.ConsoleAppender"),
        ("log4j.appender.console.layout", "org.apache.log4j.PatternLayout"),
        ("log4j.appender.console.layout.ConversionPattern", "[%d] %p %m (%c)%n"),
    )
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="ZooKeeper: Kafka's metadata",
            software=scene.software[NAME],
            arguments=(ConfigPath(file=FILE),),
            environment={
                "KAFKA_HEAP_OPTS": f"-Xms{memory_bytes * 25 // 100 // 1024}k -Xmx{memory_bytes * 50 // 100 // 1024}k",
                "KAFKA_LOG4J_OPTS": text("-Dlog4j.configuration=file:", ConfigPath(file=LOGGING)),
                "LOG_DIR": "/tmp/zookeeper",  # noqa: S108 - a folder inside its container
            },
            health=Health(ready=ready, alive=ready, start_deadline_s=90.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="client", port=2181, protocol="tcp"),),
            files=(
                ConfigFile(name=FILE, format="text", content=directives(settings, between="="), reloadable=False),
                ConfigFile(name=LOGGING, format="text", content=directives(logging, between="="), reloadable=False),
            ),
            volumes=(Volume(name="data"),),
            networks=("messaging",),
        ),
    )


COMPONENT = Component(
    name=NAME,
    summary="ZooKeeper, which Kafka needs up to version 3",
    options=Options,
    offer=offer,
    workloads=workloads,
    memory_bytes=192 * 1024 * 1024,
    role="application",
)
