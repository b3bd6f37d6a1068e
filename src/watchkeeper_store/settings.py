"""Flags and configuration file of the store process, read and checked before anything is started."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.model.limits import TenantLimits, limits_from
from watchkeeper_store.model.quantities import parse_duration_s, parse_size_bytes

_KEYS = {"retention", "limits", "overrides", "flush", "traces", "metrics", "multi_tenant_queries_enabled"}


class SettingsMistaken(ValueError):
    """A flag or the configuration file is wrong; the message begins with "cannot"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """Streams that satisfy all matchers are kept so long."""

    matchers: tuple[Matcher, ...]
    keep_s: float
    tenant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the process was told."""

    host: str
    port: int
    data_dir: Path
    memory_limit_bytes: int
    retention_s: float
    retention_max_bytes: int = 0
    retention_tenant_max_bytes: Mapping[str, int] = field(default_factory=dict)
    retention_rules: tuple[RetentionRule, ...] = ()
    maintain_every_s: float = 5.0
    flush_age_s: float = 1800.0
    traces_retention_s: float = 30 * 86400.0
    traces_max_bytes: int = 0
    otlp_grpc_address: str = ""
    remote_write_url: str = ""
    """Where metrics are written to; without it they are refused."""
    multi_tenant_queries: bool = False
    limits: TenantLimits = field(default_factory=TenantLimits)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="watchkeeper_store",
        description="Log store that speaks Loki's API.",
        epilog="watchkeeper_store backup --help: copy the data of a running store",
    )
    parser.add_argument("--listen-address", default="127.0.0.1:23002", metavar="HOST:PORT")
    parser.add_argument("--data-dir", required=True, type=Path, metavar="DIR")
    parser.add_argument("--otlp-grpc-address", default="", metavar="HOST:PORT", help="take OTLP over gRPC there too")
    parser.add_argument("--config", type=Path, metavar="FILE", help="YAML: retention, limits, where metrics go")
    parser.add_argument("--retention", metavar="AGE", help="how long lines are kept (default 30d); 0 keeps all")
    parser.add_argument("--memory-limit", default="128MB", metavar="SIZE", help="what queries may use at a time")
    return parser


def settings_of(arguments: Sequence[str]) -> Settings:
    """Settings of a command line. Raises SettingsMistaken; argparse itself exits for --help and unknown flags."""
    given = _parser().parse_args(arguments)
    written = _read_yaml(given.config) if given.config else {}
    try:
        host, port = _address(given.listen_address)
        retention = _section(written, "retention")
        unknown = set(retention) - {"default", "max_bytes", "rules", "tenants", "check_every"}
        if unknown:
            raise ValueError(f"cannot use retention.{sorted(unknown)[0]}: there is no such key")
        tenants = _tenants_retention(retention.get("tenants") or {})
        age = given.retention if given.retention is not None else retention.get("default", "30d")
        return Settings(
            host=host,
            port=port,
            data_dir=given.data_dir,
            memory_limit_bytes=parse_size_bytes(given.memory_limit),
            retention_s=parse_duration_s(age),
            retention_max_bytes=parse_size_bytes(retention.get("max_bytes", 0)),
            retention_tenant_max_bytes=tenants.max_bytes,
            retention_rules=(*(_rule(rule, place) for place, rule in enumerate(retention.get("rules") or [])), *tenants.rules),
            maintain_every_s=parse_duration_s(retention.get("check_every", "5s")),
            flush_age_s=parse_duration_s(_section(written, "flush").get("max_age", "30m")),
            traces_retention_s=parse_duration_s(_traces(written).get("retention", age)),
            traces_max_bytes=parse_size_bytes(_traces(written).get("max_bytes", 0)),
            otlp_grpc_address=_optional_address(given.otlp_grpc_address),
            remote_write_url=_remote_write_url(written),
            multi_tenant_queries=_switch(written, "multi_tenant_queries_enabled"),
            limits=_limits(written),
        )
    except (ValueError, TypeError) as failure:
        where = f"{given.config}: " if given.config else ""
        text = str(failure)
        raise SettingsMistaken(where + (text if text.startswith("cannot") else f"cannot use the settings: {text}")) from failure


def _read_yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as failure:
        raise SettingsMistaken(f"cannot read {path}: {failure}") from failure
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsMistaken(f"cannot use {path}: expected keys {', '.join(sorted(_KEYS))}")
    unknown = sorted(set(map(str, content)) - _KEYS)
    if unknown:
        raise SettingsMistaken(f"cannot use {path}: there is no key {unknown[0]}; known are {', '.join(sorted(_KEYS))}")
    return content


def _section(written: dict[str, Any], name: str) -> dict[str, Any]:
    section = written.get(name) or {}
    if not isinstance(section, dict):
        raise ValueError(f"cannot use {name}: expected keys and values")
    return section


def _switch(written: dict[str, Any], name: str) -> bool:
    value = written.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"cannot use {name}: {value!r} is neither true nor false")
    return value


def _traces(written: dict[str, Any]) -> dict[str, Any]:
    section = _section(written, "traces")
    if unknown := set(section) - {"retention", "max_bytes"}:
        raise ValueError(f"cannot use traces.{sorted(unknown)[0]}: there is no such key")
    return section


def _remote_write_url(written: dict[str, Any]) -> str:
    section = _section(written, "metrics")
    if unknown := set(section) - {"remote_write_url"}:
        raise ValueError(f"cannot use metrics.{sorted(unknown)[0]}: there is no such key")
    url = section.get("remote_write_url") or ""
    parts = urlsplit(url) if isinstance(url, str) else None
    if url and (parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None):
        example = "http://127.0.0.1:9090/api/v1/write"
        raise ValueError(f"cannot use metrics.remote_write_url: write an address without a password, for example {example}")
    return str(url)


def _limits(written: dict[str, Any]) -> TenantLimits:
    default = limits_from(_section(written, "limits"))
    own = {}
    for tenant, changed in _section(written, "overrides").items():
        if not isinstance(tenant, str) or not isinstance(changed, dict):
            raise ValueError(f"cannot use overrides.{tenant}: expected the limits of a tenant as keys and values")
        own[tenant] = limits_from(changed, f"overrides.{tenant}", default)
    return TenantLimits(default=default, own=own)


def _address(text: str, flag: str = "--listen-address", example: str = "127.0.0.1:23002") -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"cannot use {flag} {text}: write HOST:PORT, for example {example}")
    return host.strip("[]") or "127.0.0.1", int(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TenantsRetention:
    rules: tuple[RetentionRule, ...]
    max_bytes: Mapping[str, int]


def _tenants_retention(written: Any) -> _TenantsRetention:
    """What ``retention.tenants`` says: per tenant how long everything is kept that no rule names, and how much."""
    if not isinstance(written, dict):
        raise ValueError("cannot use retention.tenants: expected tenants with keep, max_bytes")
    rules: list[RetentionRule] = []
    max_bytes: dict[str, int] = {}
    for tenant, own in written.items():
        where = f"retention.tenants.{tenant}"
        if not isinstance(own, dict) or not set(own) <= {"keep", "max_bytes"}:
            raise ValueError(f"cannot use {where}: write keep, max_bytes or both")
        try:
            if "keep" in own:
                rules.append(RetentionRule(matchers=(), keep_s=parse_duration_s(own["keep"]), tenant=str(tenant)))
            if "max_bytes" in own:
                max_bytes[str(tenant)] = parse_size_bytes(own["max_bytes"])
        except ValueError as failure:
            raise ValueError(f"cannot use {where}: {failure}") from failure
    return _TenantsRetention(rules=tuple(rules), max_bytes=max_bytes)


def _optional_address(text: str) -> str:
    if text:
        _address(text, "--otlp-grpc-address", "127.0.0.1:4317")
    return text


def _rule(rule: Any, place: int) -> RetentionRule:
    from watchkeeper_store.logql.errors import ParseError
    from watchkeeper_store.logql.parser.expression import parse
    from watchkeeper_store.logql.tree import LogQuery

    where = f"retention.rules[{place}]"
    if not isinstance(rule, dict) or not {"selector", "keep"} <= set(rule) <= {"selector", "keep", "tenant"}:
        raise ValueError(f"cannot use {where}: write selector, keep and, if it is for one tenant only, tenant")
    try:
        expression = parse(str(rule["selector"]))
    except ParseError as failure:
        raise ValueError(f"cannot use {where}.selector: {failure}") from failure
    if not isinstance(expression, LogQuery) or expression.stages:
        raise ValueError(f"cannot use {where}.selector: only label matchers are possible here")
    try:
        keep_s = parse_duration_s(rule["keep"])
    except ValueError as failure:
        raise ValueError(f"cannot use {where}.keep: {failure}") from failure
    return RetentionRule(matchers=expression.matchers, keep_s=keep_s, tenant=rule.get("tenant"))
