from __future__ import annotations

from watchkeeper.spec.nearest import suggest

WORDS = ("prometheus", "alertmanager", "node_exporter")


def test_a_typing_mistake_is_recognised() -> None:
    assert suggest("promethues", WORDS) == "did you mean prometheus?"


def test_case_and_dashes_do_not_matter() -> None:
    assert suggest("Node-Exporter", WORDS) == "did you mean node_exporter?"


def test_all_words_are_listed_where_none_is_near() -> None:
    assert suggest("grafana", WORDS, what="components") == "known components: alertmanager, node_exporter, prometheus"


def test_nothing_is_suggested_where_nothing_is_known() -> None:
    assert suggest("grafana", ()) == ""
