"""What an application may decide about its instrumentation, from arguments or the environment. No behaviour."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from watchkeeper_instrument.failure import CannotInstrument

LogFormat = Literal["json", "console"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Times in seconds. ``traces_url``: the base address of an OTLP/HTTP receiver; empty sends no traces."""

    service: str
    version: str = "0.0.0"
    environment: str = "development"
    traces_url: str = ""
    traces_ratio: float = 1.0
    """The share of requests without a parent that is traced."""
    log_level: str = "info"
    log_format: LogFormat = "json"
    health_path: str = "/api/health"
    metrics_path: str = "/api/metrics"
    health_timeout_s: float = 2.0
    """For each check that names no time of its own; all run at the same time."""
    health_cache_s: float = 1.0
    most_routes: int = 200
    most_label_values: int = 100
    """Values of one label beyond which further ones are counted under ``other``."""
    instance: str = ""


_VARIABLES = {
    "service": ("WATCHKEEPER_SERVICE", "OTEL_SERVICE_NAME"),
    "version": ("WATCHKEEPER_VERSION", "APP_VERSION"),
    "environment": ("WATCHKEEPER_ENVIRONMENT", "APP_ENV"),
    "traces_url": ("WATCHKEEPER_TRACES_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    "log_level": ("WATCHKEEPER_LOG_LEVEL", "LOG_LEVEL"),
    "log_format": ("WATCHKEEPER_LOG_FORMAT",),
    "traces_ratio": ("WATCHKEEPER_TRACES_RATIO", "OTEL_TRACES_SAMPLER_ARG"),
}
_LEVELS = ("debug", "info", "warning", "error", "critical")


def read_settings(given: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> Settings:
    """What was given in code wins over the environment, the environment over the defaults.

    Raises CannotInstrument where a value cannot be used.
    """
    values: dict[str, object] = {}
    for name, variables in _VARIABLES.items():
        found = next((environment[variable] for variable in variables if environment.get(variable)), None)
        if found is not None:
            values[name] = found
    values |= {name: value for name, value in given.items() if value is not None}
    unknown = sorted(set(values) - set(Settings.__dataclass_fields__))
    if unknown:
        raise CannotInstrument(
            f"cannot use the setting {unknown[0]}: there is none of this name",
            hint=f"settings are {', '.join(sorted(Settings.__dataclass_fields__))}",
        )
    if not values.get("service"):
        raise CannotInstrument(
            "cannot tell the service's name", hint='write instrument(app, service="orders"), or set OTEL_SERVICE_NAME'
        )
    values["traces_ratio"] = _ratio(values.get("traces_ratio", 1.0))
    values["log_level"] = str(values.get("log_level", "info")).lower()
    if values["log_level"] not in _LEVELS:
        raise CannotInstrument(f"cannot log at level {values['log_level']!r}", hint=f"levels are {', '.join(_LEVELS)}")
    if values.get("log_format", "json") not in {"json", "console"}:
        raise CannotInstrument(f"cannot log in format {values['log_format']!r}", hint="formats are json and console")
    return Settings(**values)  # type: ignore[arg-type]  # the names were checked above, the types by the dataclass's users


def _ratio(value: object) -> float:
    try:
        ratio = float(value)  # type: ignore[arg-type]  # whatever it is: what float() does not take is refused below
    except (TypeError, ValueError):
        ratio = -1.0
    if not 0.0 <= ratio <= 1.0:
        raise CannotInstrument(f"cannot trace a share of {value!r}", hint="traces_ratio is a number from 0 to 1")
    return ratio
