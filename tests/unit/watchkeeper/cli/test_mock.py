from __future__ import annotations

from watchkeeper.cli.mock import unseen


def test_an_incident_that_everybody_can_see_needs_no_words() -> None:
    assert unseen(["application", "postgres"], []) == ""


def test_an_incident_that_no_metric_shows_says_so_and_how_to_see_it() -> None:
    words = unseen([], ["node"])
    assert words.startswith("no metric shows it: it moves only node, for it is not served")
    assert words.endswith("add node to components.mocks.exporters")


def test_an_incident_that_is_seen_in_part_names_both_parts() -> None:
    assert unseen(["rabbitmq"], ["node"]).startswith("it shows in rabbitmq, but not in node")
