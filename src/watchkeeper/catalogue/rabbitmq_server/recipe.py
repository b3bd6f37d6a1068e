"""The RabbitMQ server: one node with its management page and its own metrics."""

from __future__ import annotations

from watchkeeper.catalogue.config_text import Value, directives
from watchkeeper.catalogue.preparation import PREPARATION
from watchkeeper.catalogue.rabbitmq_server.options import RabbitmqServerOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import (
    BinaryPath,
    ConfigPath,
    ListenAddress,
    ListenHost,
    ListenPort,
    SecretPath,
    SecretValueOf,
    Text,
    VolumePath,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Endpoint, Preparation, Resources, Secret, Stop, Volume, Workload

NAME = "rabbitmq_server"
FILE = "rabbitmq.conf"
PLUGINS = "enabled_plugins"
PASSWORD = Secret(name="rabbitmq-password", purpose="signs the application and the administrator in to RabbitMQ")
ACCESS = "rabbitmq-access.conf"


def offer(options: RabbitmqServerOptions, basics: Basics) -> Offer:
    """Its own metrics, the totals of all queues: a series for each queue would cost more than it tells."""
    access = Secret(
        name=ACCESS,
        purpose="tells RabbitMQ its first user",
        content=(f"default_user = {options.user}\ndefault_pass = ", SecretValueOf(secret=PASSWORD.name), "\n"),
    )
    return Offer(
        scrapes=(ScrapeOffer(job="rabbitmq", workload=NAME, endpoint="metrics"),),
        secrets=(PASSWORD, access),
        application_user=options.user,
    )


def workloads(options: RabbitmqServerOptions, scene: Scene) -> tuple[Workload, ...]:
    """One node. Erlang's own ports stay on this machine's address; its port mapper is the node's own."""
    memory_bytes = scene.memory_bytes[NAME]
    # the page of its metrics answers when the node has started, plugins and all
    ready = HttpProbe(endpoint="metrics", path="/metrics", timeout_s=5.0)
    data = VolumePath(volume="data")
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="RabbitMQ: the application's job queues",
            software=scene.software[NAME],
            arguments=(),
            environment={
                "RABBITMQ_CONFIG_FILE": ConfigPath(file=FILE),
                "RABBITMQ_CONFIG_FILES": SecretPath(secret=ACCESS),
                "RABBITMQ_ENABLED_PLUGINS_FILE": ConfigPath(file=PLUGINS),
                "RABBITMQ_NODENAME": "rabbit@localhost",
                "RABBITMQ_MNESIA_BASE": text(data, "/mnesia"),
                "RABBITMQ_LOGS": "-",
                "RABBITMQ_LOG_BASE": text(data, "/log"),
                "RABBITMQ_DIST_PORT": ListenPort(endpoint="erlang"),
                # without these, Erlang's port mapper would listen on every address of the machine, for every stack the same
                "ERL_EPMD_ADDRESS": "127.0.0.1",
                "ERL_EPMD_PORT": ListenPort(endpoint="epmd"),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none",
                # the script becomes the node, so that signals reach it
                "RUNNING_UNDER_SYSTEMD": "true",
            },
            prepare=Preparation(software=PREPARATION, arguments=("rabbitmq", "--epmd", BinaryPath(binary="epmd"))),
            health=Health(ready=ready, alive=ready, start_deadline_s=120.0, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes, pids=512, open_files=16_384),
            endpoints=(
                Endpoint(name="amqp", port=5672, protocol="tcp", published=True),
                Endpoint(name="management", port=15672, browser=True),
                Endpoint(name="metrics", port=15692),
                Endpoint(name="erlang", port=25672, protocol="tcp"),
                Endpoint(name="epmd", port=4369, protocol="tcp"),
            ),
            files=(
                ConfigFile(name=FILE, format="text", content=_configuration(memory_bytes), reloadable=False),
                ConfigFile(
                    name=PLUGINS, format="text", content="[rabbitmq_management,rabbitmq_prometheus].\n", reloadable=False
                ),
            ),
            volumes=(Volume(name="data"),),
            secrets=(PASSWORD.name, ACCESS),
            stop=Stop(grace_s=30.0),
            networks=("messaging", "monitoring"),
            scratch=("/var/log/rabbitmq",),
        ),
    )


def _configuration(memory_bytes: int) -> Text:
    settings: tuple[tuple[str, Value], ...] = (
        ("listeners.tcp.default", ListenAddress(endpoint="amqp")),
        ("management.tcp.ip", ListenHost(endpoint="management")),
        ("management.tcp.port", ListenPort(endpoint="management")),
        ("prometheus.tcp.ip", ListenHost(endpoint="metrics")),
        ("prometheus.tcp.port", ListenPort(endpoint="metrics")),
        # its usual account works only from its own machine, and everybody knows its password
        ("loopback_users.guest", True),
        # publishers are held back before the node is killed for its memory
        ("vm_memory_high_watermark.absolute", memory_bytes * 85 // 100),
        ("disk_free_limit.absolute", "500MB"),
        # nothing is sent there, but with its usual transport a UDP socket would stand open on every address
        ("log.syslog.transport", "tcp"),
        ("log.console", True),
        ("log.console.level", "info"),
        ("management_agent.disable_metrics_collector", False),
    )
    return directives(settings, between=" = ")


COMPONENT = Component(
    name=NAME,
    summary="RabbitMQ server with its management page",
    options=RabbitmqServerOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=256 * 1024 * 1024,
    role="application",
)
