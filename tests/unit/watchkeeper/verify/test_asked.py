"""Which queries the plan's files ask, and where; and typos in them."""

from pathlib import Path

import pytest

from watchkeeper.plan.model import Plan
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.verify.asked import Asked, Kind, _of_dashboard, _of_rules, asked_by
from watchkeeper.verify.known_series import with_typo

RULES = {
    "groups": [
        {"name": "g", "rules": [{"record": "a:b", "expr": "sum(b)"}, {"alert": "Bad", "expr": "a:b > 1"}]},
        {"name": "h", "rules": [{"alert": "Worse", "expr": "vector(1)"}]},
    ]
}
BOARD = {
    "templating": {
        "list": [
            {"name": "job", "type": "query", "query": 'label_values(up{a="b"}, job)'},
            {"name": "search", "type": "textbox", "query": "x"},
        ]
    },
    "panels": [
        {"title": "row", "panels": [{"title": "A", "targets": [{"expr": "up", "datasource": {"type": "prometheus"}}]}]},
        {"title": "B", "targets": [{"expr": '{a="$search"}', "datasource": {"type": "loki"}}]},
        {"title": "C", "targets": [{"query": "{}", "datasource": {"type": "tempo"}}]},
        {"title": "D"},
    ],
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return resolve(load("", "watchkeeper.yaml"), folder=Path("/nowhere"))


def test_rules_are_asked_with_their_file_and_name() -> None:
    assert list(_of_rules("rules/x.yaml", RULES)) == [
        Asked(kind="record", place="rules/x.yaml: a:b", expression="sum(b)"),
        Asked(kind="alert", place="rules/x.yaml: Bad", expression="a:b > 1"),
        Asked(kind="alert", place="rules/x.yaml: Worse", expression="vector(1)"),
    ]


def test_variables_and_panels_are_asked_wherever_they_stand() -> None:
    texts = {"search": "x"}
    assert list(_of_dashboard("d.json", BOARD)) == [
        Asked(
            kind="panel",
            place="d.json: variable job",
            expression='count by (job) (up{a="b"})',
            written='label_values(up{a="b"}, job)',
        ),
        Asked(kind="panel", place="d.json: A", expression="up", texts=texts),
        Asked(kind="panel", place="d.json: B", expression='{a="$search"}', source="loki", texts=texts),
    ]


def test_every_query_of_the_shipped_files_can_be_read(plan: Plan) -> None:
    asked = list(asked_by(plan))
    assert {one.kind for one in asked} == {"alert", "record", "panel"}
    for one in asked:
        one.named()


@pytest.mark.parametrize("kind", ["alert", "record", "panel"])
def test_a_typo_changes_queries_of_its_kind_and_no_others(plan: Plan, kind: Kind) -> None:
    before, after = list(asked_by(plan)), list(asked_by(with_typo(plan, kind)))
    changed = [(old.kind, old.place) for old, new in zip(before, after, strict=True) if old != new]
    assert changed
    assert {changed_kind for changed_kind, _ in changed} == {kind}
