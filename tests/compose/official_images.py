"""What official images hold besides the program itself: entry points, tools that belong together, the accounts they run as.

``CONTENTS`` names those that are more than one program with its files; each function lays the image's own places out from
what this machine has. What an entry point does is written anew in ``entry_points``, as far as the platform relies on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from tests.compose.layer import Layer

from watchkeeper.acquire.model import Acquired

ENTRY_POINTS = Path(__file__).parent / "entry_points"


def postgres(layer: Layer, program: Acquired) -> None:
    """The server's own tree where Debian has it, from which its programs find each other and their data."""
    usr = program.root / "usr"
    layer.tree(usr / "lib", at="/usr/lib", without=("bitcode", "pgxs", "llvmjit.so", "llvmjit_types.bc"))
    layer.tree(usr / "share/postgresql", at="/usr/share/postgresql")
    tools = sorted(program.binaries["postgres"].parent.iterdir())
    layer.programs([*tools, *usr.glob("lib/*-linux-gnu/*.so*")], root=program.root, environment=program.environment)
    for tool in tools:
        layer.link(f"/usr/local/bin/{tool.name}", f"/{tool.relative_to(program.root)}")
    layer.tree(Path("/usr/lib/locale/C.utf8"))
    layer.tree(Path("/usr/share/zoneinfo"), without=("posix", "right"))
    layer.folder("/docker-entrypoint-initdb.d")
    _entry_point(layer, "postgres.sh", "/usr/local/bin/docker-entrypoint.sh")


def rabbitmq(layer: Layer, program: Acquired) -> None:
    """The server and its Erlang at the places that the image puts on its PATH."""
    usr = program.root / "usr"
    layer.tree(usr / "lib", at="/usr/lib", without=("src", "include", "examples"))
    home = next((usr / "lib/rabbitmq/lib").glob("rabbitmq_server-*"))
    layer.link("/opt/rabbitmq", f"/{home.relative_to(program.root)}")
    layer.link("/opt/erlang", "/usr/lib/erlang")
    erlang = usr / "lib/erlang"
    compiled = [*erlang.glob("erts-*/bin/*"), *erlang.glob("lib/*/priv/lib/*.so"), *erlang.glob("lib/*/priv/bin/*")]
    layer.programs(sorted(compiled), root=program.root, environment=program.environment)
    layer.copy(Path("/usr/bin/getconf"))
    layer.programs([Path("/usr/bin/getconf")])
    layer.tree(Path("/usr/lib/locale/C.utf8"))
    layer.folder("/etc/rabbitmq", mode=0o1777)
    _entry_point(layer, "rabbitmq.sh", "/usr/local/bin/docker-entrypoint.sh")


def kafka(layer: Layer, program: Acquired) -> None:
    """The jars with this machine's Java, and bash, which the image has for its scripts."""
    layer.tree(program.assets["jars"], at="/opt/kafka/libs")
    home = program.binaries["java"].resolve().parents[1]
    for part in ("lib", "conf"):
        layer.tree(home / part, without=("ct.sym", "src.zip", "docs"))
    settings = {path.readlink().parts[:3] for path in home.rglob("*") if path.is_symlink() and path.readlink().is_absolute()}
    for place in sorted(str(Path(*parts)) for parts in settings if parts[1] == "etc"):
        layer.tree(Path(place))
    layer.copy(home / "bin/java")
    layer.link("/usr/local/bin/java", str(home / "bin/java"))
    layer.copy(Path("/bin/bash").resolve(), "/bin/bash")
    layer.programs([home / "bin/java", *home.glob("lib/*.so"), *home.glob("lib/server/*.so"), Path("/bin/bash")])
    for script in ("kafka-storage.sh", "kafka-server-start.sh"):
        _entry_point(layer, script, f"/opt/kafka/bin/{script}")


def postgres_exporter(layer: Layer, program: Acquired) -> None:
    """An older one behind today's flags."""
    layer.copy(program.binaries["postgres_exporter"], "/opt/postgres_exporter")
    layer.programs([program.binaries["postgres_exporter"]])
    _entry_point(layer, "postgres_exporter.sh", "/bin/postgres_exporter")


def kafka_exporter(layer: Layer, program: Acquired) -> None:
    """Our own, which stands in on bare processes too; the Python that it needs is in the layer already."""
    for package in ("watchkeeper_kafka", "watchkeeper_process"):
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError(package)
        layer.tree(Path(next(iter(spec.submodule_search_locations))), at=f"/opt/code/{package}", without=("__pycache__",))
    _entry_point(layer, "kafka_exporter.sh", "/bin/kafka_exporter")


CONTENTS: Mapping[str, Callable[[Layer, Acquired], None]] = {
    "postgres_server": postgres,
    "rabbitmq_server": rabbitmq,
    "kafka_broker": kafka,
    "postgres_exporter": postgres_exporter,
    "kafka_exporter": kafka_exporter,
}

NEEDS_PYTHON = frozenset({"kafka_exporter"})

ENVIRONMENT: Mapping[str, Mapping[str, str]] = {
    "rabbitmq_server": {
        "PATH": "/opt/rabbitmq/sbin:/opt/erlang/bin:/usr/local/bin:/usr/bin:/bin",
        "RABBITMQ_DATA_DIR": "/var/lib/rabbitmq",
        "RABBITMQ_HOME": "/opt/rabbitmq",
        "HOME": "/var/lib/rabbitmq",
        "LANG": "C.UTF-8",
        "LANGUAGE": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    },
    "postgres_server": {"LANG": "C.UTF-8", "PGDATA": "/var/lib/postgresql/data"},
}
"""What the image sets and its programs rely on; PATH where it has one of its own."""


def _entry_point(layer: Layer, script: str, place: str) -> None:
    layer.file(place, (ENTRY_POINTS / script).read_bytes(), mode=0o755)
