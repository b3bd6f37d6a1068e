from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import Field
from pydantic_core import PydanticCustomError

from watchkeeper.spec import (
    COMPONENT_KEYS,
    PRESETS,
    Description,
    Document,
    KeyPath,
    Written,
    describe,
    examine,
    load,
    read_model,
)
from watchkeeper.spec.fields import Duration, Labels, LabelSelector, Many, Size, Some, refusal
from watchkeeper.spec.sources import Job
from watchkeeper.workload.failure import Mistake, MistakesFound


def document(text: str) -> Document:
    return load(text, "w.yaml")


def described(text: str) -> Description:
    return describe(document(text))


def test_an_empty_file_is_the_preset_core_on_bare_processes_with_thirty_seconds_and_thirty_days() -> None:
    description = described("")
    assert (description.name, description.preset, description.target, description.releases) == (
        "watchkeeper",
        "core",
        "native",
        "current",
    )
    assert (description.scrape.interval, description.scrape.timeout) == (30, 10)
    assert (description.retention.metrics, description.retention.logs) == (2_592_000, 2_592_000)
    assert description.ports.base == 23_000


@pytest.mark.parametrize("text", ["scrape:", "scrape: {interval: , jobs: }", "components:", "ports: {base: }", "name:"])
def test_a_key_without_a_value_counts_as_not_written(text: str) -> None:
    assert described(text) == described("")


def test_durations_become_seconds_and_sizes_bytes() -> None:
    description = described("scrape: {interval: 1m}\nretention: {logs: 7d, logs_size: 5GB}\nbudget: {memory: 400MiB}\n")
    assert description.scrape.interval == 60
    assert (description.retention.logs, description.retention.logs_size) == (604_800, 5_000_000_000)
    assert description.budget.memory == 419_430_400


def test_a_component_keeps_its_own_options_as_written() -> None:
    component = described("components: {prometheus: {memory: 300MB, log_level: debug, deep: {er: [1]}}}").components[
        "prometheus"
    ]
    assert (component.enabled, component.memory) == (True, 300_000_000)
    assert component.options == {"log_level": "debug", "deep": {"er": [1]}}


def test_ports_are_a_base_and_those_chosen_by_name() -> None:
    ports = described("ports: {base: 24000, prometheus: 9090, store.http: 3100}").ports
    assert (ports.base, ports.chosen) == (24_000, {"prometheus": 9_090, "store.http": 3_100})


def test_labels_and_a_selector_are_two_ways_to_write_a_match() -> None:
    rules = described(
        "routes:\n  default: ops\n  receivers: [{name: ops, webhook: {url_file: x}}]\n  rules:\n"
        "    - {match: {team: shop}, receiver: ops}\n    - {match: '{team=\"shop\"}', receiver: ops}\n"
    ).routes.rules
    assert rules[0].match == rules[1].match


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ({"targets": ["a:1", "b:2"]}, ("http", ("a:1", "b:2"), "/metrics")),
        ({"targets": ["a:1"], "scheme": "https", "path": "/m"}, ("https", ("a:1",), "/m")),
        ({"url": "https://shop.example"}, ("https", ("shop.example:443",), "/metrics")),
        ({"url": "http://shop.example/m"}, ("http", ("shop.example:80",), "/m")),
        ({"url": "http://[::1]:8080/m"}, ("http", ("[::1]:8080",), "/m")),
    ],
)
def test_a_job_has_one_address_whichever_way_it_is_written(
    written: dict[str, object], address: tuple[str, tuple[str, ...], str]
) -> None:
    assert Job.model_validate({"name": "shop", **written}).address == address


def test_what_is_right_is_understood_beside_what_is_wrong() -> None:
    description, mistakes = examine(document("name: shop\nscrape: {interval: 30}\nretention: {logs: 7d}\nzzz: 1\n"))
    assert (description.name, description.retention.logs) == ("shop", 604_800)
    assert description.scrape.interval == 30
    assert [(mistake.line, mistake.kind) for mistake in mistakes] == [(2, "bad-duration"), (4, "unknown-key")]


def test_mistakes_of_the_text_the_models_and_the_checks_come_together_in_order_of_place() -> None:
    with pytest.raises(MistakesFound) as found:
        described("name: shop\nname: bank\nscrape: {interval: 30}\nroutes: {default: ops}\nsign_in: {password: x}\n")
    assert [mistake.kind for mistake in found.value.mistakes] == [
        "duplicate-key",
        "bad-duration",
        "unknown-receiver",
        "secret-in-file",
    ]


def test_the_same_mistake_is_reported_once() -> None:
    _, mistakes = examine(document("sign_in: {password: hunter2, token: 5}\nsecrets: {admin: hunter2}\n"))
    assert [mistake.kind for mistake in mistakes] == ["secret-in-file"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "sign_in: {password: hunter2}",
        "secrets: {admin: hunter2}",
        "components: {redis: {auth: {password: hunter2}}}",
        "scrape: {jobs: [{name: a, bearer_token: hunter2}]}",
        "scrape: {jobs: [{name: a, url: 'http://u:hunter2@h/'}]}",
        "scrape: {jobs: [{name: a, url: 'http://u:hunter2@h:99999/'}]}",
        "routes: {receivers: [{name: a, webhook: {url: 'https://hooks.slack.com/services/hunter2'}}]}",
        "routes: {receivers: [{name: a, slack: {api_key: hunter2}}]}",
    ],
)
def test_no_message_repeats_a_secret(text: str) -> None:
    _, mistakes = examine(document(text))
    assert mistakes
    assert "hunter2" not in " ".join(map(str, mistakes))


@pytest.mark.parametrize(
    "text",
    [
        "sign_in: {password_file: secrets/admin}",
        "scrape: {jobs: [{name: a, targets: ['h:1'], labels: {token: x}}]}",
        "routes: {default: o, receivers: [{name: o, webhook: {url: 'http://h/'}}], rules: [{match: {secret: x}, receiver: o}]}",
        "secrets: {token: {file: x}, api-key: {environment: API_KEY}}",
        "components: {vault: {secret: true}}",
    ],
)
def test_words_that_only_look_like_secrets_are_left_alone(text: str) -> None:
    described(text)


class Limits(Written):
    largest: Size = Field(default=1, description="…", examples=["1MB"])
    level: str = Field(default="info", pattern="^(info|warn)$", description="…")
    ratio: float = Field(default=0.5, gt=0, lt=1, description="…")


class Options(Written):
    """Like an option model of the catalogue."""

    wait: Duration = Field(description="…", examples=["10s"])
    limits: Limits = Limits()
    more: Many[Limits] = ()
    names: Some[str] = ("a",)
    labels: Labels = Field(default={})
    match: LabelSelector | None = None

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.wait > 60 and self.match is None:
            yield ("wait",), refusal("out-of-range", "cannot wait longer than 1m for everything", "add match")


def found_in(options: str) -> list[Mistake]:
    _, mistakes = read_model(
        Options, document(f"components:\n  redis:\n    {options}\n"), ("components", "redis"), without=COMPONENT_KEYS
    )
    return sorted(mistakes)


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ("{wait: 1s, wate: 10s}", "w.yaml:3:16: cannot use the key wate in components.redis; did you mean wait?"),
        ("{wait: 1s, memry: 1MB}", "w.yaml:3:16: cannot use the key memry in components.redis; did you mean memory?"),
        ("enabled: true", "w.yaml:3:5: cannot use components.redis without wait; add wait, as in wait: 10s"),
        (
            "{wait: 1s, limits: {larges: 1MB}}",
            "w.yaml:3:25: cannot use the key larges in components.redis.limits; did you mean largest?",
        ),
        (
            "{wait: 1s, more: [{ratio: 1}]}",
            "w.yaml:3:31: cannot use 1 for components.redis.more[0].ratio; use less than 1.0",
        ),
        (
            "{wait: 1s, limits: {ratio: 0}}",
            "w.yaml:3:32: cannot use 0 for components.redis.limits.ratio; use more than 0.0",
        ),
        (
            "{wait: 1s, limits: {level: debug}}",
            "w.yaml:3:32: cannot use 'debug' for components.redis.limits.level; it must match ^(info|warn)$",
        ),
        ("{wait: 1s, names: []}", "w.yaml:3:23: cannot use an empty list for components.redis.names; it must not be empty"),
        (
            "{wait: 1s, labels: {a-b: c}}",
            "w.yaml:3:25: cannot use 'a-b' as a label name; use a-z, 0-9 and _, not starting with a digit",
        ),
        ("wait: 2m", "w.yaml:3:11: cannot wait longer than 1m for everything; add match"),
        (
            "{wait: 2m, match: {a: b}, names: x}",
            "w.yaml:3:38: cannot use 'x' for components.redis.names, which is a list; write a list: [x]",
        ),
    ],
)
def test_an_option_model_of_a_component_gets_the_same_treatment(options: str, mistake: str) -> None:
    assert str(found_in(options)[0]) == mistake


def test_an_option_model_that_fits_is_returned_without_mistakes() -> None:
    found = document("components: {redis: {memory: 1GB, wait: 10s, match: '{a=\"b\"}', limits: }}")
    options, mistakes = read_model(Options, found, ("components", "redis"), without=COMPONENT_KEYS)
    assert mistakes == []
    assert options is not None
    assert (options.wait, options.limits, str(options.match)) == (10, Limits(), '{a="b"}')


def test_options_of_a_component_that_is_not_mentioned_are_the_defaults() -> None:
    options, mistakes = read_model(Limits, document(""), ("components", "redis"), without=COMPONENT_KEYS)
    assert (options, mistakes) == (Limits(), [])


def test_a_preset_names_each_component_once_and_says_what_it_is_for() -> None:
    for name, preset in PRESETS.items():
        assert preset.name == name
        assert len(set(preset.components)) == len(preset.components) > 0
        assert preset.summary.endswith(".")
