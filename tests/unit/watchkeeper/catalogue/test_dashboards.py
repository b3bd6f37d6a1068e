"""Every dashboard of the catalogue: its shape, its house style, its links, and its place in the plan and in the reference."""

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard as GrafanaDashboard

import watchkeeper.catalogue
from watchkeeper.catalogue.dashboard_reference import reference_page
from watchkeeper.catalogue.dashboards import every_dashboard
from watchkeeper.catalogue.seldom import seldom_series
from watchkeeper.dashboards import grafana
from watchkeeper.dashboards.grafana import grafana_json
from watchkeeper.dashboards.model import Dashboard
from watchkeeper.plan.model import Plan
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.verify.asked import asked_by
from watchkeeper.verify.known_series import stale_entries

BOARDS = [board for _, board in every_dashboard()]
UIDS = {board.uid for board in BOARDS}
SCHEMA = json.loads((Path(__file__).parent / "dashboard.schema.json").read_text())
PAGE = Path(__file__).parents[4] / "docs/reference/dashboards.md"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return resolve(load("", "watchkeeper.yaml"), folder=Path("/nowhere"))


def named(board: Dashboard) -> str:
    return board.uid


def panels(board: Dashboard) -> list[dict[str, Any]]:
    return [panel for panel in grafana_json(board)["panels"] if panel["type"] != "row"]


def test_there_is_a_dashboard_for_each_thing_that_people_ask_about() -> None:
    names = "overview executive business organisations ai-cost application logs traces host postgres redis kafka rabbitmq"
    assert {f"watchkeeper-{name}" for name in f"{names} containers traefik probes slo self".split()} == UIDS


def test_no_uid_is_used_twice() -> None:
    assert [uid for uid, times in Counter(board.uid for board in BOARDS).items() if times > 1] == []


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_the_json_keeps_to_the_schema(board: Dashboard) -> None:
    jsonschema.validate(grafana_json(board), SCHEMA)


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_grafanas_own_model_reads_it_without_loss(board: Dashboard) -> None:
    data = grafana_json(board)
    assert json.loads(json.dumps(GrafanaDashboard.from_json(data), cls=JSONEncoder)) == data


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_the_same_dashboard_gives_the_same_bytes(board: Dashboard) -> None:
    first = json.dumps(grafana_json(board))
    grafana._text.cache_clear()
    assert json.dumps(grafana_json(board)) == first


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_panel_ids_are_unique(board: Dashboard) -> None:
    ids = [panel["id"] for panel in grafana_json(board)["panels"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_no_two_panels_overlap_and_none_leaves_the_grid(board: Dashboard) -> None:
    places = [(panel["title"], panel["gridPos"]) for panel in grafana_json(board)["panels"]]
    assert [title for title, at in places if at["x"] + at["w"] > 24] == []
    overlapping = [
        (first, second)
        for (first, a), (second, b) in combinations(places, 2)
        if a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]
    ]
    assert overlapping == []


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_every_panel_that_shows_values_has_a_unit(board: Dashboard) -> None:
    silent = [
        panel["title"]
        for panel in panels(board)
        if panel["type"] not in ("text", "logs") and not panel["fieldConfig"]["defaults"].get("unit")
    ]
    assert silent == []


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_lines_and_bars_say_what_is_what(board: Dashboard) -> None:
    silent = [
        panel.title
        for row in board.rows
        for panel in row.panels
        if panel.kind in ("lines", "bars", "shares") and not all(query.legend for query in panel.queries)
    ]
    assert silent == []


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_every_link_leads_to_a_dashboard_that_exists(board: Dashboard) -> None:
    data = grafana_json(board)
    links = [link for place in (data, *data["panels"]) for link in place.get("links") or () if link["type"] == "link"]
    assert {link["url"].removeprefix("/d/").partition("?")[0] for link in links} <= UIDS


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_every_choice_is_used_and_every_variable_can_be_chosen(board: Dashboard) -> None:
    text = " ".join(query.expression for row in board.rows for panel in row.panels for query in panel.queries)
    assert [variable.name for variable in board.variables if f"${variable.name}" not in text] == []
    known = {variable.name for variable in board.variables} | {"__rate_interval", "__range", "__auto"}
    words = text.replace('"', " ").replace("]", " ").replace("[", " ").split()
    # $1 is a group of a regular expression
    used = {word.lstrip("$") for word in words if word[0] == "$" and not word[1:].isdigit()}
    assert used - known == set()


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_words_for_some_columns_are_not_laid_onto_those_that_want_none(board: Dashboard) -> None:
    """Grafana puts an override's mappings before those that hold for all columns: what all have, none can be spared."""
    for row in board.rows:
        for panel in row.panels:
            if not any(column.plain for column in panel.columns):
                continue
            (drawn,) = (one for one in panels(board) if one["title"] == panel.title)
            assert "mappings" not in drawn["fieldConfig"]["defaults"]
            overrides = drawn["fieldConfig"]["overrides"]
            told = {
                one["matcher"]["options"] for one in overrides if any(each["id"] == "mappings" for each in one["properties"])
            }
            assert told == {one.heading for one in panel.columns if one.field.startswith("Value") and not one.plain}


def test_every_dashboard_is_offered_by_its_component(plan: Plan) -> None:
    written = {file.name for file in plan.workload("console").files}
    assert {f"dashboards/{uid}.json" for uid in UIDS} <= written


def test_every_dashboard_that_an_alert_names_exists(plan: Plan) -> None:
    files: list[Any] = [file.content for file in plan.workload("prometheus").files if file.name.startswith("rules/")]
    rules = [rule for content in files for group in content["groups"] for rule in group["rules"] if "alert" in rule]
    named_by_alerts = {(rule["alert"], rule["annotations"].get("dashboard", "")) for rule in rules}
    assert named_by_alerts
    assert {(alert, uid) for alert, uid in named_by_alerts if uid and uid not in UIDS} == set()


def test_every_file_of_dashboards_belongs_to_a_component_of_the_catalogue() -> None:
    folder = Path(watchkeeper.catalogue.__file__).parent
    offering = {component for component, _ in every_dashboard()}
    assert {path.parent.name for path in folder.glob("*/dashboards.py")} == offering


def test_every_series_listed_as_seldom_is_named_by_a_rule_or_a_dashboard(plan: Plan) -> None:
    entries = list(seldom_series())
    assert entries
    assert all(entry.because for entry in entries)
    assert list(stale_entries(iter(entries), asked_by(plan))) == []


def test_the_reference_page_is_current() -> None:
    assert PAGE.read_text() == reference_page(), (
        "run: python -m watchkeeper.catalogue.dashboard_reference > docs/reference/dashboards.md"
    )
