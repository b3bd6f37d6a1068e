from pathlib import Path

import pytest

from watchkeeper_mocks.configuration import (
    Configuration,
    ConfigurationRefused,
    OrganisationSettings,
    PlannedIncident,
    load_configuration,
    parse_configuration,
)

NOW_S = 1_795_000_000.5

WHOLE = """\
seed: 42
counters_from: 2026-03-01T00:00:00Z
load:
  requests_per_second: 12.5
  shape: flat
  noise_ratio: 0.05
organisations:
  - name: acme
    weight: 2
    utc_offset_hours: 5.5
  - name: globex
exporters: [application, postgres]
logs:
  lines_per_second: 20
  format: json
  max_file_bytes: 100000
  keep_files: 3
incidents:
  - name: latency_spike
    duration_s: 600
    intensity: 0.5
"""


def parse(text: str) -> Configuration:
    return parse_configuration(text, origin="mocks.yaml", now_s=NOW_S)


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigurationRefused) as refused:
        parse(text)
    return str(refused.value).splitlines()


def test_every_key_is_read() -> None:
    found = parse(WHOLE)
    assert found.seed == "42"
    assert found.counters_from_s == 1772323200.0
    assert (found.requests_per_s, found.seasonal, found.noise_ratio) == (12.5, False, 0.05)
    assert found.organisations == (
        OrganisationSettings(name="acme", weight=2.0, utc_offset_h=5.5),
        OrganisationSettings(name="globex", weight=1.0, utc_offset_h=0.0),
    )
    assert found.exporters == {"application", "postgres"}
    assert (found.logs.lines_per_s, found.logs.format, found.logs.max_file_bytes, found.logs.keep_files) == (
        20,
        "json",
        100000,
        3,
    )
    assert found.incidents == (PlannedIncident(name="latency_spike", duration_s=600.0, intensity=0.5),)


@pytest.mark.parametrize("text", ["", "# nothing\n", "seed:\nload:\n"])
def test_what_is_not_given_has_a_default(text: str) -> None:
    assert parse(text) == Configuration()


def test_counters_can_begin_with_the_process() -> None:
    assert parse("counters_from: start").counters_from_s == 1_795_000_000.0


def test_counters_begin_on_the_grid_of_incidents() -> None:
    assert parse("counters_from: 2026-03-01T00:00:03.5Z").counters_from_s == 1772323200.0


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("sead: 1", "mocks.yaml:1:1: cannot use the key 'sead' here; known are counters_from, exporters, incidents, load"),
        ("seed: 1\nseed: 2", "mocks.yaml:2:1: cannot give seed twice; remove one of them"),
        ("seed: ''", "mocks.yaml:1:7: cannot use '' as seed: it must not be empty"),
        ("seed: [1]", "mocks.yaml:1:7: cannot use this as seed; it must be a single value"),
        ("- 1", "mocks.yaml:1:1: cannot use this as the configuration; it must be a mapping"),
        ("load: 5", "mocks.yaml:1:7: cannot use this as load; it must be a mapping"),
        ("load:\n  shape: round", "mocks.yaml:2:10: cannot use 'round' as shape: it must be one of daily, flat"),
        ("load:\n  noise_ratio: 0.5", "mocks.yaml:2:16: cannot use '0.5' as noise_ratio: it must be between 0 and 0.2"),
        ("load:\n  requests_per_second: many", "cannot use 'many' as requests_per_second: it must be a number"),
        ("load:\n  requests_per_second: .nan", "cannot use '.nan' as requests_per_second"),
        (
            "load:\n  speed: 1",
            "mocks.yaml:2:3: cannot use the key 'speed' here; known are noise_ratio, requests_per_second, shape",
        ),
        ("counters_from: yesterday", "mocks.yaml:1:16: cannot use 'yesterday' as counters_from"),
        ("counters_from: 2026-03-01T00:00:00", "write a time with its zone"),
        ("counters_from: 2036-03-01T00:00:00Z", "counters cannot begin in the future"),
        ("organisations: acme", "mocks.yaml:1:16: cannot use this as organisations; it must be a list of mappings"),
        ("organisations: [acme]", "mocks.yaml:1:17: cannot use this as one of organisations; it must be a mapping"),
        ("organisations:\n  - weight: 1", "mocks.yaml:2:5: cannot do without name; add it"),
        ("organisations:\n  - name: ACME!", "mocks.yaml:2:11: cannot use 'ACME!' as name"),
        ("organisations:\n  - name: a\n  - name: a", "mocks.yaml:3:5: cannot have two organisations called a"),
        ("organisations:\n  - name: a\n    weight: 0", "mocks.yaml:3:13: cannot use '0' as weight"),
        ("exporters: [mysql]", "mocks.yaml:1:13: cannot use 'mysql' in exporters; it must be one of ai, application"),
        ("exporters: all", "mocks.yaml:1:12: cannot use this as exporters; it must be a list"),
        ("exporters: [[ai]]", "mocks.yaml:1:13: cannot use this in exporters; it must be a word"),
        ("logs:\n  format: xml", "mocks.yaml:2:11: cannot use 'xml' as format: it must be one of json, logfmt, mixed"),
        ("logs:\n  max_file_bytes: 1", "mocks.yaml:2:19: cannot use '1' as max_file_bytes: it must be between 65536"),
        ("incidents:\n  - name: fire", "mocks.yaml:2:11: cannot use 'fire' as name: it must be one of ai_cost_spike"),
        ("incidents:\n  - duration_s: 60", "mocks.yaml:2:5: cannot do without name; add it"),
        ("incidents:\n  - name: error_burst\n    duration_s: 5", "mocks.yaml:3:17: cannot use '5' as duration_s"),
        ("? [a]\n: b", "mocks.yaml:1:3: cannot use this as a key; it must be a word"),
        ("seed: [", "mocks.yaml:1:8: cannot read this as YAML"),
        ("seed: \x07", "mocks.yaml: cannot read this as YAML"),
    ],
)
def test_a_mistake_is_refused_with_its_place(text: str, mistake: str) -> None:
    (found,) = mistakes(text)
    assert mistake in found


def test_all_mistakes_are_told_at_once() -> None:
    found = mistakes("sead: 1\nload:\n  shape: round\nexporters: [mysql]\n")
    assert sorted(line.split(" ")[0] for line in found) == ["mocks.yaml:1:1:", "mocks.yaml:3:10:", "mocks.yaml:4:13:"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationRefused, match=r"cannot read .*absent\.yaml"):
        load_configuration(tmp_path / "absent.yaml", now_s=NOW_S)
    (tmp_path / "latin.yaml").write_bytes(b"seed: \xe9")
    with pytest.raises(ConfigurationRefused, match=r"cannot read .*latin\.yaml"):
        load_configuration(tmp_path / "latin.yaml", now_s=NOW_S)


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "mocks.yaml").write_text("seed: x", encoding="utf-8")
    assert load_configuration(tmp_path / "mocks.yaml", now_s=NOW_S).seed == "x"
