"""The Redis server: append-only file, password, a limit on memory below the one that would kill it."""

from __future__ import annotations

from watchkeeper.catalogue.config_text import Value, directives
from watchkeeper.catalogue.redis_server.options import RedisServerOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.probe import ExecProbe, Health
from watchkeeper.workload.reference import ConfigPath, ListenHost, ListenPort, SecretPath, SecretValueOf, Text, VolumePath
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Secret, Volume, Workload

NAME = "redis_server"
FILE = "redis.conf"
PROBE_USER = "watchkeeper_probe"
PASSWORD = Secret(name="redis-password", purpose="signs the application and redis_exporter in to Redis")
ACCESS = Secret(
    name="redis-access",
    purpose="tells Redis who may do what",
    content=(
        "user default on >",
        SecretValueOf(secret=PASSWORD.name),
        " ~* &* +@all\n",
        # may only be asked whether it lives, so that no probe holds a password
        f"user {PROBE_USER} on nopass resetkeys resetchannels -@all +ping\n",
    ),
)


def offer(options: RedisServerOptions, basics: Basics) -> Offer:
    """Its metrics come from redis_exporter, its rules from the component redis."""
    return Offer(secrets=(PASSWORD, ACCESS))


def workloads(options: RedisServerOptions, scene: Scene) -> tuple[Workload, ...]:
    """One server."""
    memory_bytes = scene.memory_bytes[NAME]
    ready = ExecProbe(
        program="redis-cli",
        arguments=(
            *("-h", ListenHost(endpoint="redis"), "-p", ListenPort(endpoint="redis")),
            # "nopass" takes any password; redis-cli only names a user when it has one to give
            *("--no-auth-warning", "--user", PROBE_USER, "--pass", "none", "ping"),
        ),
        contains="PONG",
    )
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Redis: the application's cache",
            software=scene.software[NAME],
            arguments=(ConfigPath(file=FILE),),
            health=Health(ready=ready, alive=ready, start_deadline_s=60.0),
            resources=Resources(memory_bytes=memory_bytes, open_files=options.max_clients + 1_024),
            endpoints=(Endpoint(name="redis", port=6379, protocol="tcp", published=True),),
            files=(ConfigFile(name=FILE, format="text", content=_configuration(options, memory_bytes), reloadable=False),),
            volumes=(Volume(name="data"),),
            secrets=(PASSWORD.name, ACCESS.name),
            networks=("app",),
        ),
    )


def _configuration(options: RedisServerOptions, memory_bytes: int) -> Text:
    settings: tuple[tuple[str, Value], ...] = (
        ("bind", ListenHost(endpoint="redis")),
        ("port", ListenPort(endpoint="redis")),
        ("protected-mode", "yes"),
        # a changed title would overwrite the environment by which the stack knows its own processes
        ("set-proc-title", "no"),
        ("aclfile", SecretPath(secret=ACCESS.name)),
        ("daemonize", "no"),
        ("supervised", "no"),
        ("dir", VolumePath(volume="data")),
        ("appendonly", "yes"),
        ("appendfsync", "everysec"),
        # a copy while the append-only file is rewritten needs room too
        ("maxmemory", memory_bytes * 60 // 100),
        ("maxmemory-policy", options.eviction),
        ("maxclients", options.max_clients),
        ("latency-monitor-threshold", 100),
        ("slowlog-log-slower-than", 10_000),
        ("loglevel", "notice"),
    )
    return directives(settings)


COMPONENT = Component(
    name=NAME,
    summary="Redis server",
    options=RedisServerOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=96 * 1024 * 1024,
    role="application",
)
