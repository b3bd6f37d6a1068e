"""Promtail: collects container logs through the engine's API and files of the machine, for Loki or our own store.

Past its end of life, and kept for stacks that have it; Alloy is the successor.
"""

from __future__ import annotations

from watchkeeper.catalogue.docker_socket_proxy.recipe import ENDPOINT
from watchkeeper.catalogue.docker_socket_proxy.recipe import NAME as PROXY
from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.log_files import FileSource, file_sources
from watchkeeper.catalogue.scene import Basics, Component, Offer, Options, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import (
    ConfigPath,
    ConnectAddress,
    ConnectUrl,
    ListenHost,
    ListenPort,
    Structure,
    VolumePath,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Endpoint, HostAccess, Resources, Volume, Workload

NAME = "promtail"
FILE = "promtail.yaml"
_SERVICE = "__meta_docker_container_label_com_docker_compose_service"
_PROJECT = "__meta_docker_container_label_com_docker_compose_project"


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
            arguments=(text("-config.file=", ConfigPath(file=FILE)),),
            environment=go_environment(memory_bytes),
            health=Health(
                # ready only when a target is tailed; while there is none yet it still lives
                ready=HttpProbe(endpoint="http", path="/ready", timeout_s=3.0),
                alive=HttpProbe(endpoint="http", path="/metrics", timeout_s=3.0),
                start_deadline_s=90.0,
                period_s=10.0,
            ),
            resources=Resources(memory_bytes=memory_bytes, open_files=16_384),
            endpoints=(Endpoint(name="http", port=9080), Endpoint(name="grpc", port=9095, protocol="tcp")),
            files=(ConfigFile(name=FILE, format="yaml", content=configuration(scene), reloadable=False),),
            volumes=(Volume(name="positions"),),
            needs=(scene.log_store(), PROXY),
            host=HostAccess(log_files=scene.basics.system_log_files),
        ),
    )


def configuration(scene: Scene) -> Structure:
    """promtail.yaml."""
    engine = text("tcp://", ConnectAddress(workload=PROXY, endpoint=ENDPOINT))
    containers: dict[str, Structure] = {
        "job_name": "containers",
        "docker_sd_configs": [{"host": engine, "refresh_interval": "5s"}],
        "relabel_configs": [
            {"target_label": "job", "replacement": "container"},
            {
                "source_labels": [_PROJECT],
                "regex": scene.basics.name,
                "target_label": "job",
                "replacement": "watchkeeper",
            },
            {"source_labels": [_SERVICE], "target_label": "component"},
            {"source_labels": [_PROJECT], "target_label": "project"},
            {"source_labels": ["__meta_docker_container_name"], "regex": "/(.*)", "target_label": "container"},
            {"source_labels": ["__meta_docker_container_log_stream"], "target_label": "stream"},
        ],
    }
    store = scene.log_store()
    return {
        "server": {
            "http_listen_address": ListenHost(endpoint="http"),
            "http_listen_port": ListenPort(endpoint="http"),
            "grpc_listen_address": "127.0.0.1",
            "grpc_listen_port": ListenPort(endpoint="grpc"),
            "log_level": "warn",
        },
        "positions": {"filename": text(VolumePath(volume="positions"), "/positions.yaml"), "sync_period": "5s"},
        "clients": [
            {
                "url": ConnectUrl(workload=store, endpoint="http", path="/loki/api/v1/push"),
                "batchwait": "1s",
                "external_labels": {"stack": scene.basics.name},
            }
        ],
        "scrape_configs": [containers, *(_files(source) for source in file_sources(scene))],
    }


def _files(source: FileSource) -> Structure:
    stages: list[Structure] = []
    if source.first_line:
        stages.append({"multiline": {"firstline": source.first_line, "max_wait_time": "3s"}})
    if source.from_stem:
        stages += [
            {"regex": {"source": "filename", "expression": rf"(?P<{source.from_stem}>[^/]+?)(\.[^./]*)?$"}},
            {"labels": {source.from_stem: ""}},
            {"labeldrop": ["filename"]},
        ]
    targets: list[Structure] = [
        {"targets": ["localhost"], "labels": {**source.labels, "__path__": path}} for path in source.paths
    ]
    job: dict[str, Structure] = {"job_name": source.name, "static_configs": targets}
    return {**job, "pipeline_stages": stages} if stages else job


COMPONENT = Component(
    name=NAME,
    summary="log collector of upstream, past its end of life",
    options=Options,
    offer=offer,
    workloads=workloads,
    memory_bytes=96 * 1024 * 1024,
    needs=(PROXY,),
    needs_one_of=("store", "loki"),
)
