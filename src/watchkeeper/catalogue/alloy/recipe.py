"""Alloy: collects container logs through the engine's API and files of the machine, for Loki or our own store."""

from __future__ import annotations

from watchkeeper.catalogue.config_text import AlloyValue, Block, Expression, alloy
from watchkeeper.catalogue.docker_socket_proxy.recipe import ENDPOINT
from watchkeeper.catalogue.docker_socket_proxy.recipe import NAME as PROXY
from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.log_files import FileSource, file_sources
from watchkeeper.catalogue.scene import Basics, Component, Offer, Options, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import ConfigPath, ConnectAddress, ConnectUrl, ListenAddress, Text, VolumePath, text
from watchkeeper.workload.workload import ConfigFile, Endpoint, HostAccess, Resources, Volume, Workload

NAME = "alloy"
FILE = "config.alloy"
_SERVICE = "__meta_docker_container_label_com_docker_compose_service"
_PROJECT = "__meta_docker_container_label_com_docker_compose_project"
_WRITE = (Expression("loki.write.store.receiver"),)


def offer(options: Options, basics: Basics) -> Offer:
    """Its own metrics; it reads the engine's API."""
    return Offer(scrapes=(ScrapeOffer(job=NAME, workload=NAME),), engine_clients=(NAME,))


def workloads(options: Options, scene: Scene) -> tuple[Workload, ...]:
    """One process."""
    memory_bytes = scene.memory_bytes[NAME]
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Collects container and host logs",
            software=scene.software[NAME],
            arguments=(
                "run",
                text("--server.http.listen-addr=", ListenAddress(endpoint="http")),
                text("--storage.path=", VolumePath(volume="data")),
                "--disable-reporting",
                ConfigPath(file=FILE),
            ),
            environment=go_environment(memory_bytes),
            health=Health(
                ready=HttpProbe(endpoint="http", path="/-/ready", timeout_s=3.0),
                alive=HttpProbe(endpoint="http", path="/-/ready", timeout_s=3.0),
                start_deadline_s=90.0,
                period_s=10.0,
            ),
            resources=Resources(memory_bytes=memory_bytes, open_files=16_384),
            endpoints=(Endpoint(name="http", port=12345),),
            files=(ConfigFile(name=FILE, format="text", content=configuration(scene), reloadable=False),),
            volumes=(Volume(name="data"),),
            needs=(scene.log_store(), PROXY),
            host=HostAccess(log_files=scene.basics.system_log_files),
        ),
    )


def configuration(scene: Scene) -> Text:
    """config.alloy: containers, then files, all written to one store."""
    engine = text("tcp://", ConnectAddress(workload=PROXY, endpoint=ENDPOINT))
    push = ConnectUrl(workload=scene.log_store(), endpoint="http", path="/loki/api/v1/push")
    relabel = Block(
        "discovery.relabel",
        "containers",
        {"targets": Expression("discovery.docker.containers.targets")},
        (
            _rule(target_label="job", replacement="container"),
            _rule(source_labels=(_PROJECT,), regex=scene.basics.name, target_label="job", replacement="watchkeeper"),
            _rule(source_labels=(_SERVICE,), target_label="component"),
            _rule(source_labels=(_PROJECT,), target_label="project"),
            _rule(source_labels=("__meta_docker_container_name",), regex="/(.*)", target_label="container"),
        ),
    )
    # every container, running or not: with a filter on running ones it forgets where it was, and sends everything again
    containers = (
        Block("discovery.docker", "containers", {"host": engine, "refresh_interval": "5s"}),
        relabel,
        Block(
            "loki.source.docker",
            "containers",
            {
                "host": engine,
                "targets": Expression("discovery.relabel.containers.output"),
                "forward_to": _WRITE,
            },
        ),
    )
    write = Block(
        "loki.write",
        "store",
        {"external_labels": {"stack": scene.basics.name}},
        (Block("endpoint", "", {"url": push, "batch_wait": "1s"}),),
    )
    files = [block for number, source in enumerate(file_sources(scene)) for block in _files(source, f"files_{number}")]
    return alloy((Block("logging", "", {"level": "warn", "format": "logfmt"}), *containers, *files, write))


def _rule(**settings: AlloyValue) -> Block:
    return Block("rule", "", settings)


def _files(source: FileSource, label: str) -> tuple[Block, ...]:
    targets: tuple[AlloyValue, ...] = tuple(
        {"__path__": path, **({"__path_exclude__": source.exclude[0]} if source.exclude else {}), **source.labels}
        for path in source.paths
    )
    stages: list[Block] = []
    if source.first_line:
        stages.append(Block("stage.multiline", "", {"firstline": source.first_line, "max_wait_time": "3s"}))
    if source.from_stem:
        expression = rf"(?P<{source.from_stem}>[^/]+?)(\.[^./]*)?$"
        stages += [
            Block("stage.regex", "", {"source": "filename", "expression": expression}),
            Block("stage.labels", "", {"values": {source.from_stem: ""}}),
            Block("stage.label_drop", "", {"values": ("filename",)}),
        ]
    forward: tuple[AlloyValue, ...] = (Expression(f"loki.process.{label}.receiver"),) if stages else _WRITE
    blocks = (
        Block("local.file_match", label, {"path_targets": targets, "sync_period": "5s"}),
        Block(
            "loki.source.file",
            label,
            {"targets": Expression(f"local.file_match.{label}.targets"), "forward_to": forward, "tail_from_end": False},
        ),
    )
    return (*blocks, Block("loki.process", label, {"forward_to": _WRITE}, tuple(stages))) if stages else blocks


COMPONENT = Component(
    name=NAME,
    summary="log collector of upstream",
    options=Options,
    offer=offer,
    workloads=workloads,
    memory_bytes=160 * 1024 * 1024,
    needs=(PROXY,),
    needs_one_of=("store", "loki"),
)
