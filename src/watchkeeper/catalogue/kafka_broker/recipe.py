"""The Kafka broker: one node with two listeners, one for the platform's own network and one for programs of this machine.

Kafka 4 keeps its metadata itself (KRaft); the release set of the original texts needs ZooKeeper.
"""

from __future__ import annotations

import base64
import hashlib
import struct

from watchkeeper.catalogue.config_text import Value, directives
from watchkeeper.catalogue.kafka_broker.options import KafkaBrokerOptions
from watchkeeper.catalogue.preparation import PREPARATION
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.catalogue.zookeeper.recipe import NAME as ZOOKEEPER
from watchkeeper.workload.probe import Health, TcpProbe
from watchkeeper.workload.reference import (
    AssetPath,
    BinaryPath,
    ConfigPath,
    ConnectAddress,
    ListenAddress,
    OutsideAddress,
    Text,
    VolumePath,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Endpoint, Preparation, Resources, Stop, Volume, Workload

NAME = "kafka_broker"
FILE = "server.properties"
LOGGING = "log4j2.properties"
OLD_LOGGING = "log4j.properties"
_OUTSIDE_THE_HEAP = (
    "-XX:+UseSerialGC -XX:MaxDirectMemorySize=48m -XX:ReservedCodeCacheSize=48m -XX:MaxMetaspaceSize=96m -Xss512k"
)
"""What a limit on memory is overrun by when only the heap is bounded."""
_SIMPLER_COMPILER = "-XX:TieredStopAtLevel=1"
_SMALL_BYTES = 1024 * 1024 * 1024
"""Below it a broker is started more often than it is busy: without the optimising compiler a start takes a third less of
processor time, and 25 MB less memory."""

_WHICH_VERSIONS = struct.pack(">ihhih", 21, 18, 0, 1, len("watchkeeper")) + b"watchkeeper"
"""What versions do you speak? Every broker answers that: length, key (ApiVersions), its version, a number, a name."""


def offer(options: KafkaBrokerOptions, basics: Basics) -> Offer:
    """Its metrics come from kafka_exporter, its rules from the component kafka."""
    return Offer()


def workloads(options: KafkaBrokerOptions, scene: Scene) -> tuple[Workload, ...]:
    """One broker; without ZooKeeper it is its own controller."""
    memory_bytes = scene.memory_bytes[NAME]
    kraft = not scene.has(ZOOKEEPER)
    ready = TcpProbe(endpoint="internal", send=_WHICH_VERSIONS, timeout_s=3.0)
    logging = LOGGING if kraft else OLD_LOGGING
    property_ = "log4j2.configurationFile=" if kraft else "log4j.configuration=file:"
    log_settings = (f"-D{property_}", ConfigPath(file=logging))
    beside = f"{_OUTSIDE_THE_HEAP} {_SIMPLER_COMPILER}" if memory_bytes < _SMALL_BYTES else _OUTSIDE_THE_HEAP
    heap = f"-Xms{memory_bytes * 30 // 100 // 1024}k -Xmx{memory_bytes * 50 // 100 // 1024}k"
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Kafka: the application's events",
            software=scene.software[NAME],
            arguments=(ConfigPath(file=FILE),),
            environment={
                "CLUSTER_ID": cluster_id(scene.basics.name),
                # for the virtual machine itself, and by the names that the image's scripts would set otherwise
                # IPv4 only: otherwise 127.0.0.1 is an IPv6 socket that only looks like it
                "JAVA_TOOL_OPTIONS": text(f"-Djava.net.preferIPv4Stack=true {heap} {beside} ", *log_settings),
                "KAFKA_HEAP_OPTS": heap,
                "KAFKA_JVM_PERFORMANCE_OPTS": beside,
                "KAFKA_LOG4J_OPTS": text(*log_settings),
                "LOG_DIR": text(VolumePath(volume="data"), "/jvm"),
            },
            prepare=Preparation(
                software=PREPARATION,
                arguments=(
                    *("kafka", "--java", BinaryPath(binary="java"), "--jars", AssetPath(asset="jars")),
                    *("--configuration", ConfigPath(file=FILE)),
                ),
            ),
            health=Health(ready=ready, alive=ready, start_deadline_s=120.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes, pids=512, open_files=100_000),
            endpoints=(
                Endpoint(name="internal", port=29092, protocol="tcp"),
                Endpoint(name="host", port=9092, protocol="tcp", published=True),
                *((Endpoint(name="controller", port=29093, protocol="tcp"),) if kraft else ()),
            ),
            files=(
                ConfigFile(name=FILE, format="text", content=_configuration(options, kraft=kraft), reloadable=False),
                ConfigFile(name=logging, format="text", content=_logging(kraft=kraft), reloadable=False),
            ),
            volumes=(Volume(name="data"),),
            needs=() if kraft else (ZOOKEEPER,),
            stop=Stop(grace_s=30.0),
            networks=("messaging",),
        ),
    )


def cluster_id(stack: str) -> str:
    """Sixteen bytes in base64url, the same for the same stack: a data folder with another identity would not start."""
    made = base64.urlsafe_b64encode(hashlib.sha256(f"kafka {stack}".encode()).digest()[:16]).decode().rstrip("=")
    # Kafka's tools would take it for an option, and its own identities never begin so
    return f"A{made[1:]}" if made.startswith("-") else made


def _configuration(options: KafkaBrokerOptions, *, kraft: bool) -> Text:
    # what is bound, and what clients are told to come back to: programs of this machine know other addresses than the network
    listeners: list[tuple[str, str]] = [("INTERNAL", "internal"), ("HOST", "host")]
    advertised = text(
        "INTERNAL://",
        ConnectAddress(workload=NAME, endpoint="internal"),
        ",HOST://",
        OutsideAddress(workload=NAME, endpoint="host"),
    )
    bound = [part for name, endpoint in listeners for part in (f"{name}://", ListenAddress(endpoint=endpoint), ",")]
    settings: list[tuple[str, Value]] = []
    if kraft:
        bound += ["CONTROLLER://", ListenAddress(endpoint="controller"), ","]
        settings += [
            ("process.roles", "broker,controller"),
            ("node.id", 1),
            ("controller.listener.names", "CONTROLLER"),
            ("controller.quorum.voters", text("1@", ConnectAddress(workload=NAME, endpoint="controller"))),
        ]
    else:
        settings += [
            ("broker.id", 1),
            ("zookeeper.connect", ConnectAddress(workload=ZOOKEEPER, endpoint="client")),
            ("zookeeper.connection.timeout.ms", 18_000),
        ]
    protocols = ",".join(f"{name}:PLAINTEXT" for name in ("INTERNAL", "HOST", *(("CONTROLLER",) if kraft else ())))
    settings += [
        ("listeners", text(*bound[:-1])),
        ("advertised.listeners", advertised),
        ("listener.security.protocol.map", protocols),
        ("inter.broker.listener.name", "INTERNAL"),
        ("log.dirs", text(VolumePath(volume="data"), "/events")),
        ("num.partitions", options.partitions),
        ("auto.create.topics.enable", options.create_topics),
        ("log.retention.ms", options.retention * 1_000),
        ("log.retention.bytes", options.retention_size or -1),
        # one broker cannot hold copies
        ("offsets.topic.replication.factor", 1),
        ("offsets.topic.num.partitions", 8),
        ("transaction.state.log.replication.factor", 1),
        ("transaction.state.log.min.isr", 1),
        ("transaction.state.log.num.partitions", 8),
        ("group.initial.rebalance.delay.ms", 0),
        # the usual cleaner alone would take 128 MB of heap
        ("log.cleaner.dedupe.buffer.size", 16 * 1024 * 1024),
        ("num.network.threads", 2),
        ("num.io.threads", 4),
        ("background.threads", 4),
    ]
    return directives(settings, between="=")


def _logging(*, kraft: bool) -> Text:
    """Everything to standard output, where the platform collects it. The older Kafka has the older log4j."""
    settings: tuple[tuple[str, Value], ...] = (
        ("log4j.rootLogger", "INFO, console"),
        ("log4j.appender.console", "org.apache.log4j.ConsoleAppender"),
        ("log4j.appender.console.layout", "org.apache.log4j.PatternLayout"),
        ("log4j.appender.console.layout.ConversionPattern", "[%d] %p %m (%c)%n"),
    )
    if kraft:
        settings = (
            ("status", "warn"),
            ("appender.console.type", "Console"),
            ("appender.console.name", "console"),
            ("appender.console.layout.type", "PatternLayout"),
            ("appender.console.layout.pattern", "[%d{ISO8601}] %p %m (%c)%n"),
            ("rootLogger.level", "info"),
            ("rootLogger.appenderRef.console.ref", "console"),
        )
    return directives(settings, between="=")


COMPONENT = Component(
    name=NAME,
    summary="Kafka broker",
    options=KafkaBrokerOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=512 * 1024 * 1024,
    needs_in={"seed": (ZOOKEEPER,)},
    role="application",
)
