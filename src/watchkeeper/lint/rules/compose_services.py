"""Rules for Compose files about how services run: ports, rights, secrets, health checks, arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject
from watchkeeper.lint.rules.compose_images import arguments, service, services
from watchkeeper.lint.versions import product_of, split_image
from watchkeeper.lint.walk import below, items, mappings
from watchkeeper.spec.document import Data, KeyPath

_PASSWORD_NAME = re.compile(r"(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|_PASS)$")
_PASSWORD_IN_URL = re.compile(r"://[^:/@\s$]+:(?P<password>[^@/\s$]+)@")
_GUESSES = frozenset(
    {"admin", "password", "changeme", "change_me", "secret", "root", "guest", "postgres", "123456", "dev", "test"}
)
_BCRYPT = re.compile(r"(?<!\$)\$2[aby]\$\d\d\$")
_OPEN_PORT = re.compile(r"^(?:0\.0\.0\.0:)?\$?\{?[\w:-]+\}?(?::\d[\d-]*)?(?:/\w+)?$")
_WIDE_RIGHTS = frozenset({"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "DAC_OVERRIDE", "NET_ADMIN"})


def _version_key(subject: Subject) -> Iterator[Hit]:
    if "version" in subject.document.data:
        yield Hit(("version",), "cannot choose a format with version: Compose ignores the key and warns", key=True)


def _open_ports(subject: Subject) -> Iterator[Hit]:
    for path, name, settings in services(subject):
        for index, port in enumerate(items(settings.get("ports"))):
            where = (*path, "ports", index)
            if isinstance(port, dict):
                if port.get("published") and port.get("host_ip", "0.0.0.0") == "0.0.0.0":  # noqa: S104 - looked for, not used
                    yield Hit(where, f"cannot keep {name} inside: port {port['published']} is published on every address")
            elif ":" in str(port) and _OPEN_PORT.match(str(port)) and not str(port).startswith("127."):
                yield Hit(where, f"cannot keep {name} inside: {port} is published on every address, past ufw")


def environment(settings: dict[str, Data]) -> Iterator[tuple[KeyPath, str, str]]:
    """(path below the service, name, value) of each variable, in both ways of writing them."""
    written = settings.get("environment")
    if isinstance(written, dict):
        for name, value in written.items():
            yield ("environment", name), name, "" if value is None else str(value)
    for index, entry in enumerate(items(written) if isinstance(written, list) else []):
        name, _, value = str(entry).partition("=")
        yield ("environment", index), name, value


def _is_guess(value: str) -> bool:
    return value.lower() in _GUESSES


def _password(name: str, value: str) -> str:
    """The literal password that a variable holds, or nothing; ``${…}`` and ``*_FILE`` are none."""
    if found := _PASSWORD_IN_URL.search(value):
        return found["password"]
    return value if _PASSWORD_NAME.search(name) and value and "$" not in value else ""


def _plain_password(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        for inner, name, value in environment(settings):
            password = _password(name, value)
            if password and not _is_guess(password):
                yield Hit((*path, *inner), f"cannot keep {name} secret: it stands in the file, and in docker inspect")


def _guessable_password(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        for inner, name, value in environment(settings):
            if _is_guess(_password(name, value)):
                yield Hit((*path, *inner), f"cannot protect anything with this {name}: it is among the first that are tried")


def _single_dollar(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data.get("services"), ("services",)):
        if isinstance(value, str) and _BCRYPT.search(value):
            yield Hit(path, "cannot keep this hash whole: Compose takes $ for the start of a variable")


def _socket_writable(subject: Subject) -> Iterator[Hit]:
    for path, name, settings in services(subject):
        for index, volume in enumerate(items(settings.get("volumes"))):
            text = (
                volume
                if isinstance(volume, str)
                else f"{mappings(volume).get('source')}:{':ro' if mappings(volume).get('read_only') else ''}"
            )
            source, _, rest = text.partition(":")
            if source in {"/var/run/docker.sock", "/run/docker.sock", "/var/run"} and not re.search(r":ro\b|,ro\b", f":{rest}"):
                yield Hit(
                    (*path, "volumes", index),
                    f"cannot keep {name} from being root on the host: it can write to the Docker socket",
                )


def _privileged(subject: Subject) -> Iterator[Hit]:
    for path, name, settings in services(subject):
        if settings.get("privileged") is True:
            yield Hit((*path, "privileged"), f"cannot contain {name}: a privileged container is root on the host")


def _wide_rights(subject: Subject) -> Iterator[Hit]:
    for path, name, settings in services(subject):
        for index, right in enumerate(items(settings.get("cap_add"))):
            if str(right).removeprefix("CAP_") in _WIDE_RIGHTS:
                yield Hit((*path, "cap_add", index), f"cannot contain {name} with {right}: it leads out of the container")


def _flags_in_one_item(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        for index, word in enumerate(items(settings.get("command")) if isinstance(settings.get("command"), list) else []):
            if isinstance(word, str) and re.match(r"--?\w[\w.-]*(?:=\S*)?\s+--?\w", word):
                yield Hit((*path, "command", index), "cannot pass several flags in one item: a list item is one argument")


def _always_healthy(subject: Subject) -> Iterator[Hit]:
    for path, name, settings in services(subject):
        test = mappings(settings.get("healthcheck")).get("test")
        text = " ".join(str(word) for word in items(test))
        if re.search(r"\|\|\s*(?:true|exit 0|:)\s*$|;\s*(?:true|exit 0)\s*$", text):
            yield Hit(
                (*path, "healthcheck", "test"), f"cannot ever find {name} unhealthy: the command succeeds whatever happens"
            )


def _lifecycle_open(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        words = {word.split("=", 1)[0] for word in arguments(settings)}
        opened = sorted(words & {"--web.enable-lifecycle", "--web.enable-admin-api"})
        published = any(not str(port).startswith("127.") for port in items(settings.get("ports")))
        if product_of(split_image(str(settings.get("image", "")))[0]) == "prometheus" and opened and published:
            yield Hit((*path, "command"),
                      f"cannot keep strangers from stopping or emptying Prometheus: {', '.join(opened)} on a published port",
                      key=True)  # fmt: skip


def _anonymous_admin(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        values = {name: (inner, value.lower()) for inner, name, value in environment(settings)}
        role = values.get("GF_AUTH_ANONYMOUS_ORG_ROLE", ((), ""))
        if values.get("GF_AUTH_ANONYMOUS_ENABLED", ((), ""))[1] == "true" and role[1] in {"admin", "editor"}:
            yield Hit((*path, *role[0]), "cannot tell who changes what: everybody is an administrator without signing in")


def _advertised_localhost(subject: Subject) -> Iterator[Hit]:
    users = {value for _, _, settings in services(subject) for _, _, value in environment(settings)}
    for path, name, settings in services(subject):
        for inner, variable, value in environment(settings):
            if not variable.endswith("ADVERTISED_LISTENERS"):
                continue
            for port in re.findall(r"//(?:localhost|127\.0\.0\.1):(\d+)", value):
                if any(re.search(rf"\b{re.escape(name)}:{port}\b", used) for used in users):
                    yield Hit(
                        (*path, *inner), f"cannot serve those who use {name}:{port}: they are told to go on to localhost:{port}"
                    )


_GOOD = service("restart: unless-stopped")
_ADMIN = "environment: {GF_AUTH_ANONYMOUS_ENABLED: 'true', GF_AUTH_ANONYMOUS_ORG_ROLE: %s}"
_KAFKA = (
    "services:\n  app: {image: 'example/app:1.0', environment: {BROKERS: 'kafka:9092'}}\n"
    "  kafka: {image: 'apache/kafka:4.3.1', environment: {KAFKA_ADVERTISED_LISTENERS: "
    "'PLAINTEXT://%s:9092'}}\n"
)


def _rule(number: int, severity: Severity, **texts: object) -> Rule:
    return Rule(id=f"WK-COMPOSE-{number:03}", kinds=(Kind.COMPOSE,), severity=severity, **texts)  # type: ignore[arg-type]  # named below


SERVICE_RULES = (
    _rule(
        10, Severity.INFO, what="The key version.", why="Obsolete since Compose v2; it decides nothing.", fix="remove the line",
        check=_version_key, good=_GOOD, bad="version: '3.8'\n" + _GOOD,
    ),
    _rule(
        11, Severity.WARNING, what="A port published on every address.",
        why="Docker writes its own firewall rules: a published port is reachable from outside even where ufw denies it.",
        fix="write 127.0.0.1:PORT:PORT, and put a proxy with sign-in before it",
        check=_open_ports, good=service("ports: ['127.0.0.1:9090:9090']"), bad=service("ports: ['9090:9090']"),
    ),
    _rule(
        12, Severity.WARNING, what="A password in the file.",
        why="The file is under version control, and docker inspect shows the environment to everybody who may use Docker.",
        fix="use a secret and the *_FILE variable, or ${NAME} from a file that is not committed",
        check=_plain_password, good=service("environment: {SHOP_PASSWORD: '${SHOP_PASSWORD}'}"),
        bad=service("environment: {SHOP_PASSWORD: correct-horse}"),
    ),
    _rule(
        13, Severity.ERROR, what="A password that everybody guesses.",
        why="admin, password and the like are tried within minutes on every reachable port.",
        fix="generate one (openssl rand -base64 24) and keep it in a secret",
        check=_guessable_password, good=service("environment: {GF_SECURITY_ADMIN_PASSWORD: '${GRAFANA_PASSWORD}'}"),
        bad=service("environment: {GF_SECURITY_ADMIN_PASSWORD: admin}"),
    ),
    _rule(
        14, Severity.ERROR, what="A bcrypt hash with single $.",
        why="Compose replaces $2y and what follows by variables that do not exist: the hash is cut, and nobody can sign in.",
        fix="write each $ as $$",
        check=_single_dollar, good=service("labels: ['auth.users=me:$$2y$$05$$abcdefghijklmnopqrstuu']"),
        bad=service("labels: ['auth.users=me:$2y$05$abcdefghijklmnopqrstuu']"),
    ),
    _rule(
        15, Severity.ERROR, what="A writable Docker socket.",
        why="Who can write to the socket can start a container with the host's root folder in it. Read-only keeps "
            "honest programs honest.",
        fix="mount it :ro, best behind a proxy that allows only reading",
        check=_socket_writable, good=service("volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro']"),
        bad=service("volumes: ['/var/run/docker.sock:/var/run/docker.sock']"),
    ),
    _rule(
        16, Severity.WARNING, what="A privileged container.", why="It has every right and device of the host.",
        fix="name the devices and capabilities that it needs",
        check=_privileged, good=_GOOD, bad=service("privileged: true"),
    ),
    _rule(
        17, Severity.WARNING, what="A capability that is as good as root.",
        why="With it a program in the container can change the host.", fix="leave it out, or use a narrower one",
        check=_wide_rights, good=service("cap_add: [NET_RAW]"), bad=service("cap_add: [SYS_ADMIN]"),
    ),
    _rule(
        18, Severity.ERROR, what="Several flags in one list item.",
        why="An item is one argument: the program sees one flag with a strange value, and stops or ignores the rest.",
        fix="write one item for each flag",
        check=_flags_in_one_item, good=service("command: ['--log.level=info', '--web.listen-address=:9187']"),
        bad=service("command: ['--log.level=info --web.listen-address=:9187']"),
    ),
    _rule(
        19, Severity.ERROR, what="A health check that always succeeds.",
        why="A check that treats failure as success says healthy when the service is dead.",
        fix="end with || exit 1, or leave the ending out",
        check=_always_healthy, good=service("healthcheck: {test: [CMD-SHELL, 'wget -q --spider http://localhost/ || exit 1']}"),
        bad=service("healthcheck: {test: [CMD-SHELL, 'wget -q --spider http://localhost/ || true']}"),
    ),
    _rule(
        20, Severity.WARNING, what="Prometheus' lifecycle or admin API on a published port.",
        why="--web.enable-lifecycle also enables /-/quit; the admin API deletes series. Neither asks who you are.",
        fix="publish the port on 127.0.0.1, or drop the flag and reload with SIGHUP",
        check=_lifecycle_open, good=service("command: ['--web.enable-lifecycle']\nports: ['127.0.0.1:9090:9090']",
        "prom/prometheus:v3.5.0"),
        bad=service("command: ['--web.enable-lifecycle']\nports: ['9090:9090']", "prom/prometheus:v3.5.0"),
    ),
    _rule(
        21, Severity.ERROR, what="Anonymous administrators in Grafana.",
        why="Everybody who reaches the port can read data sources and change dashboards.",
        fix="use the role Viewer, or no anonymous access",
        check=_anonymous_admin, good=service(_ADMIN % "Viewer"), bad=service(_ADMIN % "Admin"),
    ),
    _rule(
        22, Severity.ERROR, what="Kafka that tells its clients to go to localhost.",
        why="The first connection works, then the client follows the advertised address, which is the client itself.",
        fix="advertise two listeners: the service name for containers, localhost on another port for the host",
        check=_advertised_localhost, good=_KAFKA % "kafka", bad=_KAFKA % "localhost",
    ),
)  # fmt: skip
