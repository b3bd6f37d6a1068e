"""Rules for Compose files about images: tags, ends of life, and what an image has inside."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject
from watchkeeper.lint.versions import Version, parse_version, product_of, split_image
from watchkeeper.lint.walk import each, items, mappings
from watchkeeper.spec.document import Data, KeyPath

_SHELLS = frozenset({"wget", "curl", "sh", "bash", "nc"})


def services(subject: Subject) -> Iterator[tuple[KeyPath, str, dict[str, Data]]]:
    """(path, name, settings) of each service."""
    for path, service in each(subject.document, "services", "*"):
        yield path, str(path[1]), mappings(service)


def images(subject: Subject) -> Iterator[tuple[KeyPath, str, str]]:
    """(path of the image, repository without registry, tag) of each service that names one."""
    for path, _, settings in services(subject):
        if isinstance(settings.get("image"), str) and "$" not in str(settings["image"]):
            yield ((*path, "image"), *split_image(str(settings["image"])))


def arguments(settings: dict[str, Data]) -> list[str]:
    """The words of ``command``, also where it is one text."""
    command = settings.get("command")
    return command.split() if isinstance(command, str) else [str(word) for word in items(command)]


def _floating_tag(subject: Subject) -> Iterator[Hit]:
    for path, repository, tag in images(subject):
        written = str(subject.document.get(path))
        if "@sha256:" not in written and tag in {"", "latest", "main", "master", "stable", "nightly"}:
            yield Hit(path, f"cannot know which version of {repository} runs: {'the tag ' + tag if tag else 'no tag'} moves")


def _ended(repository: str, tag: str) -> str:
    version = parse_version(tag)
    if repository == "grafana/promtail":
        return "Promtail is past its end of life (2026-03-02); use grafana/alloy"
    if repository.startswith("jaegertracing/") and (repository.endswith("all-in-one") or (version and version < (2,))):
        return "Jaeger v1 ended on 2025-12-31; v2 is jaegertracing/jaeger"
    if repository in {"minio/minio", "minio/mc"}:
        return "MinIO stopped publishing community images in October 2025"
    return ""


def _end_of_life(subject: Subject) -> Iterator[Hit]:
    for path, repository, tag in images(subject):
        if reason := _ended(repository, tag):
            yield Hit(path, f"cannot expect fixes for {repository}: {reason}")


def _bitnami(subject: Subject) -> Iterator[Hit]:
    for path, repository, _ in images(subject):
        if repository.startswith("bitnami/"):
            yield Hit(path, f"cannot pull versions of {repository}: Bitnami's images moved to bitnamilegacy, without updates")


def _frozen_grafana(subject: Subject) -> Iterator[Hit]:
    for path, repository, _ in images(subject):
        if repository == "grafana/grafana-oss":
            yield Hit(path, "cannot get a Grafana newer than 12.4 from grafana/grafana-oss: the repository is frozen")


def _old_cadvisor(subject: Subject) -> Iterator[Hit]:
    for path, repository, _ in images(subject):
        if repository in {"cadvisor/cadvisor", "google/cadvisor"} and "ghcr.io" not in str(subject.document.get(path)):
            yield Hit(path, "cannot get a current cAdvisor here: since 0.53 the image is ghcr.io/google/cadvisor")


def _without_shell(repository: str, tag: str, versions: frozenset[Version]) -> bool:
    version = parse_version(tag)
    at = {version} if version else set(versions)
    if "distroless" in tag or repository.startswith("distroless/"):
        return True
    if repository == "grafana/loki":
        return any(one >= (3, 6) for one in at)
    if repository == "grafana/tempo":
        return any(one >= (2, 10) for one in at)
    return repository == "oliver006/redis_exporter" and "alpine" not in tag


def _probe_without_program(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        test = mappings(settings.get("healthcheck")).get("test")
        repository, tag = split_image(str(settings.get("image", "")))
        words = [str(word) for word in items(test)] if isinstance(test, list) else ["CMD-SHELL", str(test or "")]
        shell = words[:1] == ["CMD-SHELL"] and len(words) > 1 and bool(words[1])
        program = words[1].rsplit("/", 1)[-1] if len(words) > 1 and not shell else ""
        known = subject.versions.get(product_of(repository), frozenset())
        if (shell or program in _SHELLS) and _without_shell(repository, tag, known):
            yield Hit(
                (*path, "healthcheck", "test"),
                f"cannot run {'a shell' if shell else program} in {repository}:{tag}: the image has none",
            )


def _postgres_volume(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        repository, tag = split_image(str(settings.get("image", "")))
        version = parse_version(tag)
        if repository != "postgres" or not version or version < (18,):
            continue
        for index, volume in enumerate(items(settings.get("volumes"))):
            if isinstance(volume, str) and "/var/lib/postgresql/data" in volume:
                yield Hit(
                    (*path, "volumes", index), "cannot keep the data here: postgres:18 wants its volume at /var/lib/postgresql"
                )


def _removed_flags(subject: Subject) -> Iterator[Hit]:
    removed = {"remote-write-receiver", "agent", "expand-external-labels", "auto-gomemlimit", "promql-at-modifier",
               "promql-negative-offset", "new-service-discovery-manager", "no-default-scrape-port"}  # fmt: skip
    gone = {"--storage.tsdb.retention", "--storage.tsdb.allow-overlapping-blocks", "--alertmanager.timeout"}
    for path, _, settings in services(subject):
        repository, tag = split_image(str(settings.get("image", "")))
        at = parse_version(tag)
        targets = {at} if at else subject.versions.get("prometheus", frozenset())
        if product_of(repository) != "prometheus" or not any(one >= (3,) for one in targets):
            continue
        for word in arguments(settings):
            name, _, value = word.partition("=")
            features = removed & set(value.split(",")) if name == "--enable-feature" else set()
            if features or name in gone:
                yield Hit(
                    (*path, "command"),
                    f"cannot use {', '.join(sorted(features)) or name}: Prometheus 3 has removed it",
                    key=True,
                )


def _zookeeper(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        repository, tag = split_image(str(settings.get("image", "")))
        version = parse_version(tag) or ()
        new = (repository == "apache/kafka" and version >= (4,)) or (repository == "confluentinc/cp-kafka" and version >= (8,))
        environment = settings.get("environment")
        names = set(mappings(environment)) | {str(entry).split("=", 1)[0] for entry in items(environment)}
        if new and "KAFKA_ZOOKEEPER_CONNECT" in names:
            yield Hit((*path, "environment"), "cannot run Kafka 4 with ZooKeeper: it is KRaft only", key=True)


def service(settings: str, image: str = "example/app:1.0", name: str = "app") -> str:
    """A Compose file with one service; ``settings``: lines below its image, without indentation."""
    body = "".join(f"    {line}\n" for line in settings.splitlines())
    return f"services:\n  {name}:\n    image: {image}\n{body}"


_WGET = "healthcheck: {test: [CMD, wget, -q, --spider, 'http://localhost:3100/ready']}"
_GOOD = service("restart: unless-stopped")

IMAGE_RULES = (
    Rule(
        id="WK-COMPOSE-001", kinds=(Kind.COMPOSE,), severity=Severity.ERROR,
        what="A health check with a program that the image does not have.",
        why="The check can never succeed: the container is unhealthy for ever, and what waits for it never starts.",
        fix="use the program's own check (/usr/bin/loki -health, promtool check healthy, tempo -health), or probe from outside",
        check=_probe_without_program,
        good=service("healthcheck: {test: [CMD, /usr/bin/loki, -health]}", "grafana/loki:3.7.6"), bad=service(_WGET,
        "grafana/loki:3.7.6"),
    ),
    Rule(
        id="WK-COMPOSE-002", kinds=(Kind.COMPOSE,), severity=Severity.WARNING,
        what="An image without a fixed tag.",
        why="The next pull may bring another major version, in the middle of the night and without a change in the file.",
        fix="name a version, best with its digest",
        check=_floating_tag, good=_GOOD, bad=service("", "grafana/grafana:latest"),
    ),
    Rule(
        id="WK-COMPOSE-003", kinds=(Kind.COMPOSE,), severity=Severity.WARNING,
        what="An image past its end of life.",
        why="No fixes are published, not even for security.",
        fix="move to the successor named in the message",
        check=_end_of_life, good=service("", "grafana/alloy:v1.21.0"), bad=service("", "grafana/promtail:3.5.0"),
    ),
    Rule(
        id="WK-COMPOSE-004", kinds=(Kind.COMPOSE,), severity=Severity.ERROR,
        what="An image of bitnami/.",
        why="The catalogue moved to bitnamilegacy in 2025; tags are gone and get no updates.",
        fix="use the image of the project itself",
        check=_bitnami, good=service("", "apache/kafka:4.3.1"), bad=service("", "bitnami/kafka:3.7"),
    ),
    Rule(
        id="WK-COMPOSE-005", kinds=(Kind.COMPOSE,), severity=Severity.WARNING,
        what="grafana/grafana-oss.",
        why="It stopped at 12.4; newer versions are published as grafana/grafana only.",
        fix="use grafana/grafana",
        check=_frozen_grafana, good=service("", "grafana/grafana:13.2.0"), bad=service("", "grafana/grafana-oss:12.4.0"),
    ),
    Rule(
        id="WK-COMPOSE-006", kinds=(Kind.COMPOSE,), severity=Severity.WARNING,
        what="cAdvisor from its old registry.",
        why="gcr.io and Docker Hub have old versions only, which do not know current Docker and cgroups.",
        fix="use ghcr.io/google/cadvisor",
        check=_old_cadvisor, good=service("", "ghcr.io/google/cadvisor:0.60.5"), bad=service("",
        "gcr.io/cadvisor/cadvisor:v0.47.0"),
    ),
    Rule(
        id="WK-COMPOSE-007", kinds=(Kind.COMPOSE,), severity=Severity.ERROR,
        what="postgres:18 with its volume at the old place.",
        why="The data folder moved below /var/lib/postgresql/18; with the old mount the data is in an anonymous volume, "
            "or it does not start.",
        fix="mount the volume at /var/lib/postgresql",
        check=_postgres_volume, good=service("volumes: ['data:/var/lib/postgresql']", "postgres:18"),
        bad=service("volumes: ['data:/var/lib/postgresql/data']", "postgres:18"),
    ),
    Rule(
        id="WK-COMPOSE-008", kinds=(Kind.COMPOSE,), severity=Severity.WARNING,
        what="Flags and features that Prometheus 3 removed.",
        why="Removed features only warn, so what they switched on is silently missing; removed flags stop the start.",
        fix="use --agent, --web.enable-remote-write-receiver, --storage.tsdb.retention.time, or drop the flag",
        check=_removed_flags,
        good=service("command: ['--web.enable-remote-write-receiver']", "prom/prometheus:v3.5.0"),
        bad=service("command: ['--enable-feature=remote-write-receiver']", "prom/prometheus:v3.5.0"),
    ),
    Rule(
        id="WK-COMPOSE-009", kinds=(Kind.COMPOSE,), severity=Severity.ERROR,
        what="Kafka 4 with ZooKeeper.",
        why="Kafka 4 has no ZooKeeper mode.",
        fix="set KAFKA_PROCESS_ROLES and a controller quorum, or migrate with the last 3.x first",
        check=_zookeeper, good=service("environment: {KAFKA_PROCESS_ROLES: 'broker,controller'}", "apache/kafka:4.3.1"),
        bad=service("environment: {KAFKA_ZOOKEEPER_CONNECT: 'zookeeper:2181'}", "apache/kafka:4.3.1"),
    ),
)  # fmt: skip
