"""Our words as Grafana's JSON."""

from typing import Any

from watchkeeper.dashboards import style
from watchkeeper.dashboards.grafana import grafana_json
from watchkeeper.dashboards.model import Column, Dashboard, Panel, Row, Variable
from watchkeeper.dashboards.panels import bars, figure, heat, lines, listing, log_lines, note, shares


def a_board(*panels: Panel, **more: Any) -> dict[str, Any]:
    return grafana_json(Dashboard(uid="u", title="T", question="q?", rows=(Row(title="r", panels=panels),), **more))


def drawn(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = a_board(panel)["panels"][1]
    return found


def test_lines_ask_for_a_range_and_draw_thresholds_dashed() -> None:
    panel = drawn(lines("a", "b?", {"{{job}}": "up"}, style.SHARE, steps=style.worse_above(0.8, 0.9)))
    assert (panel["type"], panel["title"], panel["description"]) == ("timeseries", "a", "b?")
    assert panel["targets"][0]["expr"] == "up"
    assert panel["targets"][0]["legendFormat"] == "{{job}}"
    assert (panel["targets"][0]["range"], panel["targets"][0]["instant"]) == (True, False)
    assert panel["fieldConfig"]["defaults"]["unit"] == "percentunit"
    assert panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "dashed"}
    assert [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 0.8, 0.9]


def test_stacked_lines_are_stacked() -> None:
    panel = drawn(lines("a", "b?", {"x": "up"}, stacked=True))
    assert panel["fieldConfig"]["defaults"]["custom"]["stacking"] == {"group": "A", "mode": "normal"}


def test_a_figure_shows_words_instead_of_values() -> None:
    panel = drawn(figure("a", "b?", "up", words=style.HEALTHY, without_value="none"))
    mapping = panel["fieldConfig"]["defaults"]["mappings"][0]
    assert mapping["type"] == "value"
    assert {value: shown["text"] for value, shown in mapping["options"].items()} == {"1": "up", "0": "down"}
    assert panel["fieldConfig"]["defaults"]["noValue"] == "none"
    assert panel["options"]["reduceOptions"]["calcs"] == ["lastNotNull"]


def test_what_is_so_now_is_asked_as_an_instant() -> None:
    column = Column(field="Value", heading="V")
    for panel in (bars("a", "b?", "up", "x"), shares("a", "b?", "up", "x"), listing("a", "b?", ("up",), (column,))):
        assert drawn(panel)["targets"][0]["instant"] is True


def test_a_listing_names_and_orders_its_columns() -> None:
    columns = (Column(field="job", heading="Job"), Column(field="Value #B", heading="Time", unit=style.SECONDS))
    panel = drawn(listing("a", "b?", ("up", "down"), columns))
    assert [step["id"] for step in panel["transformations"]] == ["filterFieldsByName", "merge", "organize"]
    options = panel["transformations"][2]["options"]
    assert options["indexByName"] == {"job": 0, "Value #B": 1}
    assert options["renameByName"] == {"job": "Job", "Value #B": "Time"}
    assert [target["refId"] for target in panel["targets"]] == ["A", "B"]
    assert {"matcher": {"id": "byName", "options": "Time"}, "properties": [{"id": "unit", "value": "s"}]} in panel[
        "fieldConfig"
    ]["overrides"]


def test_a_heatmap_takes_the_buckets_as_they_are() -> None:
    panel = drawn(heat("a", "b?", "sum by (le) (x_bucket)"))
    assert (panel["type"], panel["options"]["calculate"], panel["targets"][0]["format"]) == ("heatmap", False, "heatmap")


def test_logs_are_asked_of_the_log_store() -> None:
    panel = drawn(log_lines("a", "b?", '{job="x"}'))
    assert (panel["type"], panel["datasource"]["uid"], panel["targets"][0]["datasource"]["uid"]) == ("logs", "loki", "loki")


def test_a_note_asks_nothing() -> None:
    panel = drawn(note("a", "b?", "**words**"))
    assert (panel["type"], panel["options"]["content"], panel.get("targets", [])) == ("text", "**words**", [])


def test_a_variable_offers_the_values_of_a_label_and_all_of_them() -> None:
    board = a_board(variables=(Variable(name="job", heading="Job", metric="up", label="job"),))
    variable = board["templating"]["list"][0]
    assert variable["query"] == "label_values(up, job)"
    assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, ".*")


def test_a_text_field_begins_with_its_text() -> None:
    variable = a_board(variables=(Variable(name="s", heading="S", text="{}"),))["templating"]["list"][0]
    assert (variable["type"], variable["query"]) == ("textbox", "{}")


def test_links_lead_to_the_other_dashboards_and_to_the_logs_of_the_same_time() -> None:
    links = a_board(logs='{job="a"}', tags=("requests",))["links"]
    assert [link["title"] for link in links] == ["Dashboards", "Logs", "Traces"]
    assert links[0]["tags"] == ["watchkeeper"]
    assert links[1]["url"] == "/d/watchkeeper-logs?var-selector=%7Bjob%3D%22a%22%7D"
    assert all(link["keepTime"] for link in links)


def test_more_leads_to_where_the_answer_continues() -> None:
    assert drawn(figure("a", "b?", "up", more="watchkeeper-host"))["links"][0]["url"] == "/d/watchkeeper-host"
