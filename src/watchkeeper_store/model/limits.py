"""What one tenant may send and ask, under Loki's names and with Loki's defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from watchkeeper_store.model.quantities import parse_duration_s, parse_size_bytes

SERVICE_NAME_SOURCES = (
    "service",
    "app",
    "application",
    "app_name",
    "name",
    "app_kubernetes_io_name",
    "container",
    "container_name",
    "k8s_container_name",
    "component",
    "workload",
    "job",
    "k8s_job_name",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Zero means without limit. Durations are seconds, sizes bytes; names are Loki's, so that its manual applies.

    Loki has no ``max_query_memory``: what one query may hold in this process.
    """

    max_line_size: int = 256 * 1024
    max_line_size_truncate: bool = False
    max_label_names_per_series: int = 15
    max_label_name_length: int = 1024
    max_label_value_length: int = 2048
    reject_old_samples: bool = True
    reject_old_samples_max_age: float = 7 * 86400.0
    creation_grace_period: float = 600.0
    allow_structured_metadata: bool = True
    max_structured_metadata_size: int = 64 * 1024
    max_structured_metadata_entries_count: int = 128
    max_global_streams_per_user: int = 5000
    discover_service_name: tuple[str, ...] = SERVICE_NAME_SOURCES
    discover_log_levels: bool = True
    ingestion_rate_mb: float = 0.0
    ingestion_burst_size_mb: float = 0.0
    max_entries_limit_per_query: int = 5000
    max_query_length: float = 721 * 3600.0
    max_query_series: int = 500
    max_query_response_size: int = 100 * 1024 * 1024
    max_query_memory: int = 96 * 1024 * 1024
    query_timeout: float = 60.0
    max_concurrent_tail_requests: int = 10
    max_body_size: int = 100 * 1024 * 1024
    max_outstanding_per_tenant: int = 2048
    delete_request_cancel_period: float = 86400.0


def strictest(several: Sequence[Limits]) -> Limits:
    """Of each limit that is a number, the lowest that is set."""
    first, *others = several
    if all(one is first for one in others):
        return first
    lowest: dict[str, Any] = {
        field.name: min((value for one in several if (value := getattr(one, field.name))), default=0)
        for field in fields(Limits)
        if type(getattr(first, field.name)) in (int, float)
    }
    return replace(first, **lowest)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLimits:
    """The limits of every tenant: the default ones, and those of the tenants that have their own."""

    default: Limits = Limits()
    own: Mapping[str, Limits] = field(default_factory=dict)

    def of(self, tenant: str) -> Limits:
        """The limits of a tenant; of several, as ``a|b``, the strictest of each kind."""
        return strictest([self.own.get(one, self.default) for one in tenant.split("|")])

    def kind_of(self, tenant: str) -> str:
        """Tenants of one kind have the same limits: the tenant's name if it has its own, else empty."""
        return tenant if tenant in self.own else ""


_DURATIONS = {
    "reject_old_samples_max_age",
    "creation_grace_period",
    "max_query_length",
    "query_timeout",
    "delete_request_cancel_period",
}
_SIZES = {"max_line_size", "max_structured_metadata_size", "max_query_response_size", "max_query_memory", "max_body_size"}


def limits_from(written: Mapping[str, Any], where: str = "limits", start: Limits | None = None) -> Limits:
    """``start`` (the defaults) with the written limits changed. Raises ValueError that names the key."""
    known = {field.name: field for field in fields(Limits)}
    values: dict[str, Any] = {}
    for name, value in written.items():
        if name not in known:
            raise ValueError(f"cannot use {where}.{name}: there is no such limit; known are {', '.join(sorted(known))}")
        try:
            values[name] = _read(name, value, getattr(Limits(), name))
        except (TypeError, ValueError) as failure:
            raise ValueError(f"cannot use {where}.{name}: {failure}") from failure
    return replace(start or Limits(), **values)


def _read(name: str, value: Any, default: Any) -> Any:
    if name in _DURATIONS:
        return parse_duration_s(value)
    if name in _SIZES:
        return parse_size_bytes(value)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is neither true nor false")
        return value
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"{value!r} is no list of names")
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"{value!r} is no number of zero or more")
    return type(default)(value)
