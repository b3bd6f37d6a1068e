"""Environments: what is merged, what replaces, and where a mistake is placed."""

import pytest

from watchkeeper.spec import Document, describe, load, with_environments, with_unchosen_checked
from watchkeeper.workload.failure import MistakesFound

BASE = """\
retention: {metrics: 30d, logs: 30d}
scrape:
  interval: 30s
  jobs:
    - {name: shop, targets: ["127.0.0.1:8080"]}
environments:
  development:
    retention: {metrics: 2d}
    scrape:
      jobs: []
  production:
    scrape:
      interval: 15s
      jobs:
        - {name: shop, targets: ["10.0.0.7:8080"]}
"""


def chosen(*names: str, **beside: str) -> Document:
    documents = {name: load(text, f"watchkeeper.{name}.yaml") for name, text in beside.items()}
    return with_environments(load(BASE, "watchkeeper.yaml"), names, documents)


def mistakes(document: Document) -> list[tuple[str, int, int, str]]:
    with pytest.raises(MistakesFound) as found:
        describe(document)
    return [(mistake.file, mistake.line, mistake.column, mistake.kind) for mistake in found.value.mistakes]


def test_without_an_environment_the_description_is_what_it_says() -> None:
    described = describe(chosen())
    assert described.retention.metrics == 30 * 86_400
    assert described.scrape.interval == 30


def test_a_mapping_is_merged_and_a_list_replaces() -> None:
    described = describe(chosen("production"))
    assert (described.retention.metrics, described.scrape.interval) == (30 * 86_400, 15)
    assert [job.targets for job in described.scrape.jobs] == [("10.0.0.7:8080",)]
    assert describe(chosen("development")).scrape.jobs == ()


def test_the_later_environment_has_the_last_word() -> None:
    described = describe(chosen("production", "night", night="scrape: {interval: 2m}\n"))
    assert described.scrape.interval == 120
    assert len(described.scrape.jobs) == 1


def test_a_file_beside_is_laid_over_the_section_of_the_same_name() -> None:
    described = describe(chosen("production", production="retention: {logs: 90d}\nscrape: {interval: 10s}\n"))
    assert (described.retention.logs, described.scrape.interval) == (90 * 86_400, 10)


def test_a_key_without_a_value_brings_the_default_back() -> None:
    assert describe(chosen("plain", plain="retention:\n  metrics:\n")).retention.metrics == 30 * 86_400
    assert describe(chosen("plain", plain="scrape:\n")).scrape.jobs == ()


def test_a_mistake_is_placed_in_the_overlay_that_made_it() -> None:
    assert mistakes(chosen("night", night="name: night\nscrape:\n  intervall: 5s\n")) == [
        ("watchkeeper.night.yaml", 3, 3, "unknown-key")
    ]
    assert mistakes(chosen("night", night="retention: [30d]\n")) == [("watchkeeper.night.yaml", 1, 12, "wrong-type")]


def test_a_mistake_of_the_description_itself_stays_in_its_own_file() -> None:
    document = with_environments(load(BASE.replace("logs: 30d", "logs: 30x"), "watchkeeper.yaml"), ["production"], {})
    assert mistakes(document) == [("watchkeeper.yaml", 1, 33, "bad-duration")]


def test_an_environment_that_is_not_chosen_is_checked_all_the_same() -> None:
    document = with_unchosen_checked(load(BASE.replace("interval: 15s", "interval: 15"), "watchkeeper.yaml"), ["development"])
    assert mistakes(document) == [("watchkeeper.yaml", 13, 17, "bad-duration")]


def test_an_unknown_environment_is_refused_with_those_there_are() -> None:
    with pytest.raises(MistakesFound, match=r"cannot find the environment 'prod'.*production"):
        chosen("prod")


def test_secrets_are_refused_in_an_overlay_too() -> None:
    (found,) = mistakes(chosen("night", night='sign_in:\n  password: "hunter2"\n'))
    assert found[0] == "watchkeeper.night.yaml"
