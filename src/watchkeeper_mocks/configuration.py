"""The configuration file: YAML in, a Configuration or every mistake at once out, each with its line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import yaml

from watchkeeper_mocks.exporters.registry import EXPORTERS
from watchkeeper_mocks.incidents.catalogue import KNOWN
from watchkeeper_mocks.incidents.record import MAX_DURATION_S, MIN_DURATION_S, previous_step
from watchkeeper_mocks.incidents.register import DEFAULT_DURATION_S, MAX_INTENSITY
from watchkeeper_mocks.load.profile import MAX_NOISE_RATIO, MONDAY_S
from watchkeeper_mocks.marked_yaml import MarkedMapping

LOG_FORMATS = ("json", "logfmt", "mixed")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


class ConfigurationRefused(Exception):
    """A configuration with mistakes; the message has one line for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationSettings:
    """One customer of the pretend application."""

    name: str
    weight: float
    """Its share of the traffic relative to the weights of the others."""
    utc_offset_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """The log files under DATA_DIR/logs."""

    lines_per_s: float = 5.0
    """In the long run, over all services; 0 writes none."""
    format: str = "mixed"
    """`mixed`: web and worker write JSON, api and payment logfmt."""
    max_file_bytes: int = 4 * 1024**2
    keep_files: int = 2
    """How many rotated files each service keeps besides the one being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedIncident:
    """An incident to start with the process unless one of its name is under way."""

    name: str
    duration_s: float
    intensity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything the mocks can be told."""

    seed: str = "watchkeeper"
    counters_from_s: float = MONDAY_S
    """When all counters were 0; on the grid of incidents, like everything that totals are walked from."""
    requests_per_s: float = 20.0
    seasonal: bool = True
    noise_ratio: float = 0.08
    organisations: tuple[OrganisationSettings, ...] = (
        OrganisationSettings(name="acme", weight=5.0, utc_offset_h=0.0),
        OrganisationSettings(name="globex", weight=3.0, utc_offset_h=-5.0),
        OrganisationSettings(name="initech", weight=2.0, utc_offset_h=1.0),
        OrganisationSettings(name="umbrella", weight=1.5, utc_offset_h=8.0),
        OrganisationSettings(name="hooli", weight=0.5, utc_offset_h=-8.0),
    )
    exporters: frozenset[str] = frozenset(EXPORTERS)
    logs: LogSettings = field(default_factory=LogSettings)
    incidents: tuple[PlannedIncident, ...] = ()


def load_configuration(path: Path, *, now_s: float) -> Configuration:
    """Read a file. Raises ConfigurationRefused."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationRefused(f"cannot read {path}: {error}") from error
    return parse_configuration(text, origin=str(path), now_s=now_s)


def parse_configuration(text: str, *, origin: str, now_s: float) -> Configuration:
    """Read a text; `origin` names it in messages. Raises ConfigurationRefused."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{origin}:{mark.line + 1}:{mark.column + 1}" if mark else origin
        raise ConfigurationRefused(f"{place}: cannot read this as YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigurationRefused(f"{origin}: cannot read this as YAML: {str(error).splitlines()[0]}") from error
    if root is None:
        return Configuration()
    mistakes: list[str] = []
    reader = MarkedMapping(root, origin=origin, key="the configuration", mistakes=mistakes)
    configuration = _configuration(reader, now_s)
    if mistakes:
        raise ConfigurationRefused("\n".join(mistakes))
    return configuration


def _configuration(reader: MarkedMapping, now_s: float) -> Configuration:
    default = Configuration()
    load = reader.mapping("load")
    logs = reader.mapping("logs")
    result = Configuration(
        seed=reader.text("seed", default.seed),
        counters_from_s=reader.value("counters_from", default.counters_from_s, lambda text: _moment(text, now_s)),
        requests_per_s=load.number("requests_per_second", default.requests_per_s, 0.1, 10_000.0),
        seasonal=load.choice("shape", "daily", ("daily", "flat")) == "daily",
        noise_ratio=load.number("noise_ratio", default.noise_ratio, 0.0, MAX_NOISE_RATIO),
        organisations=_organisations(reader) or default.organisations,
        exporters=frozenset(reader.names("exporters", default.exporters, EXPORTERS)),
        logs=LogSettings(
            lines_per_s=logs.number("lines_per_second", default.logs.lines_per_s, 0.0, 1000.0),
            format=logs.choice("format", default.logs.format, LOG_FORMATS),
            max_file_bytes=int(logs.number("max_file_bytes", default.logs.max_file_bytes, 65536, 1024**3)),
            keep_files=int(logs.number("keep_files", default.logs.keep_files, 1, 20)),
        ),
        incidents=tuple(_incidents(reader)),
    )
    for mapping in (load, logs, reader):
        mapping.refuse_the_rest()
    return result


def _organisations(reader: MarkedMapping) -> tuple[OrganisationSettings, ...]:
    result: list[OrganisationSettings] = []
    for entry in reader.mappings("organisations"):
        name = entry.value("name", "", _organisation_name, required=True)
        if name and any(name == other.name for other in result):
            entry.mistake(f"cannot have two organisations called {name}; give each a name of its own")
        result.append(
            OrganisationSettings(
                name=name,
                weight=entry.number("weight", 1.0, 0.001, 1e6),
                utc_offset_h=entry.number("utc_offset_hours", 0.0, -12.0, 14.0),
            )
        )
        entry.refuse_the_rest()
    return tuple(result)


def _incidents(reader: MarkedMapping) -> Iterable[PlannedIncident]:
    for entry in reader.mappings("incidents"):
        yield PlannedIncident(
            name=entry.choice("name", "", tuple(sorted(KNOWN)), required=True),
            duration_s=entry.number("duration_s", DEFAULT_DURATION_S, MIN_DURATION_S, MAX_DURATION_S),
            intensity=entry.number("intensity", 1.0, 0.01, MAX_INTENSITY),
        )
        entry.refuse_the_rest()


def _organisation_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name has 1 to 40 lower-case letters, digits and dashes")
    return text


def _moment(text: str, now_s: float) -> float:
    """`start`, or a time in RFC 3339, as Unix seconds on the grid of incidents."""
    if text == "start":
        return previous_step(now_s)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("write a time with its zone, as in 2026-01-05T00:00:00Z, or the word start")
    if moment.timestamp() > now_s:
        raise ValueError("counters cannot begin in the future")
    return previous_step(moment.timestamp())
