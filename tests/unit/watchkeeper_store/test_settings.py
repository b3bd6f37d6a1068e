"""Flags and configuration file of the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper_store.settings import Settings, SettingsMistaken, settings_of


def read(tmp_path: Path, text: str, *flags: str) -> Settings:
    (tmp_path / "store.yaml").write_text(text)
    return settings_of(["--data-dir", str(tmp_path / "data"), "--config", str(tmp_path / "store.yaml"), *flags])


def test_a_tenant_has_the_common_limits_but_for_those_of_its_own(tmp_path: Path) -> None:
    text = "limits: {max_line_size: 1KB, max_query_series: 9}\noverrides: {a: {max_line_size: 2KB}, b: {}}\n"
    limits = read(tmp_path, text).limits
    assert [(limits.of(t).max_line_size, limits.of(t).max_query_series) for t in ("a", "b", "c")] == [
        (2048, 9),
        (1024, 9),
        (1024, 9),
    ]
    assert [limits.kind_of(tenant) for tenant in ("a", "b", "c")] == ["a", "b", ""]


def test_retention_is_by_selector_then_by_tenant_then_for_all(tmp_path: Path) -> None:
    text = """
retention:
  default: 30d
  max_bytes: 1GB
  rules: [{selector: '{app="audit"}', keep: 365d}, {selector: '{level="debug"}', keep: 2d, tenant: a}]
  tenants: {a: {keep: 7d, max_bytes: 1MB}, b: {max_bytes: 2MB}}
"""
    settings = read(tmp_path, text)
    assert [(rule.tenant, rule.keep_s / 86400, len(rule.matchers)) for rule in settings.retention_rules] == [
        (None, 365, 1),
        ("a", 2, 1),
        ("a", 7, 0),
    ]
    assert settings.retention_tenant_max_bytes == {"a": 1 << 20, "b": 2 << 20}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("limits: {max_line_sise: 1}", "cannot use limits.max_line_sise: there is no such limit"),
        ("limits: {max_line_size: much}", "cannot use limits.max_line_size: cannot read 'much' as a size"),
        ("overrides: {a: {max_line_sise: 1}}", "cannot use overrides.a.max_line_sise: there is no such limit"),
        ("overrides: {a: 1}", "cannot use overrides.a: expected the limits of a tenant"),
        ("retention: {tenants: {a: 1}}", "cannot use retention.tenants.a: write keep, max_bytes or both"),
        ("retention: {tenants: {a: {keep: soon}}}", "cannot use retention.tenants.a: cannot read 'soon' as a duration"),
        ("retention: {tenants: [a]}", "cannot use retention.tenants: expected tenants"),
        ('retention: {rules: [{selector: \'{a="b"} |= "c"\', keep: 1d}]}', "only label matchers are possible here"),
        ("retention: {rules: [{selector: '{a=', keep: 1d}]}", "cannot use retention.rules[0].selector: parse error"),
        ("retention: {rules: [{keep: 1d}]}", "cannot use retention.rules[0]: write selector, keep"),
        ("surplus: {}", "there is no key surplus"),
        ("[", "cannot read"),
        ("flush: 5", "cannot use flush: expected keys and values"),
        ("multi_tenant_queries_enabled: maybe", "cannot use multi_tenant_queries_enabled: 'maybe' is neither true nor false"),
    ],
)
def test_each_mistake_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsMistaken) as mistaken:
        read(tmp_path, text)
    assert str(mistaken.value).startswith(("cannot", str(tmp_path)))
    assert message in str(mistaken.value)


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1", "127.0.0.1:99999", ":", "127.0.0.1:x"])
def test_a_wrong_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsMistaken, match="cannot use --listen-address"):
        settings_of(["--data-dir", str(tmp_path), "--listen-address", address])


def test_metrics_go_where_the_file_says(tmp_path: Path) -> None:
    url = "https://metrics.example:9090/api/v1/write"
    assert read(tmp_path, f"metrics: {{remote_write_url: '{url}'}}").remote_write_url == url
    assert read(tmp_path, "metrics: {}").remote_write_url == ""


@pytest.mark.parametrize("url", ["127.0.0.1:9090", "ftp://a/b", "http://", "http://ada:secret@a/b", "7", "[a]"])
def test_an_address_for_metrics_that_cannot_be_used_is_told_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsMistaken) as mistake:
        read(tmp_path, f"metrics: {{remote_write_url: {url}}}")
    assert "cannot use metrics.remote_write_url: write an address without a password" in str(mistake.value)
    assert "secret" not in str(mistake.value)


def test_an_unknown_key_about_metrics_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SettingsMistaken, match=r"cannot use metrics\.url: there is no such key"):
        read(tmp_path, "metrics: {url: a}")
