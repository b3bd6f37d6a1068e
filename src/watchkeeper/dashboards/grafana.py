"""A dashboard as Grafana's own JSON (schema of Grafana 11), by the builders of Grafana's Foundation SDK.

This module is slow to import (0.1 s), so whoever needs it does so only when dashboards are written.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    heatmap,
    logs,
    loki,
    piechart,
    stat,
    table,
    tempo,
    text,
    timeseries,
)
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import prometheus as prometheus_query
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as words
from grafana_foundation_sdk.models import dashboard as grafana
from grafana_foundation_sdk.models import heatmap as heatmap_words
from grafana_foundation_sdk.models import piechart as piechart_words
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from watchkeeper.dashboards.layout import Place, placed
from watchkeeper.dashboards.model import Column, Dashboard, Panel, Query, Row, Source, Step, Variable
from watchkeeper.dashboards.style import GREEN, PLATFORM_TAG

_BAR_HEIGHT_PX = 48


@lru_cache(maxsize=64)
def _text(board: Dashboard) -> str:
    built = (
        build.Dashboard(board.title)
        .uid(board.uid)
        .description(board.question)
        .tags([PLATFORM_TAG, *board.tags])
        .time(board.since, "now")
        .timezone("browser")
        .refresh("30s")
        .tooltip(grafana.DashboardCursorSync.CROSSHAIR)
        .readonly()
    )
    for link in _links(board):
        built = built.link(link)
    for variable in board.variables:
        built = built.with_variable(_variable(variable))
    for number, place in enumerate(placed(board.rows), start=1):
        where = grafana.GridPos(h=place.height, w=place.width, x=place.x, y=place.y)
        if isinstance(place.what, Row):
            built = built.with_row(build.Row(place.what.title).id(number).grid_pos(where))
        else:
            built = built.with_panel(_panel(place.what, number, place))
    return json.dumps(built.build(), cls=JSONEncoder, sort_keys=True)


def grafana_json(board: Dashboard) -> dict[str, Any]:
    """The dashboard as Grafana reads it from a file, the same for the same dashboard."""
    data: dict[str, Any] = json.loads(_text(board))
    return data


def _links(board: Dashboard) -> list[build.DashboardLink]:
    others = (
        build.DashboardLink("Dashboards")
        .type(grafana.DashboardLinkType.DASHBOARDS)
        .tags([PLATFORM_TAG])
        .as_dropdown(True)
        .keep_time(True)
    )
    found = [others]
    if board.logs:
        url = f"/d/watchkeeper-logs?var-selector={quote(board.logs)}"
        found.append(_link("Logs", url, "The log lines of the same time"))
    if "requests" in board.tags:
        found.append(_link("Traces", "/d/watchkeeper-traces", "The traces of the same time"))
    return found


def _link(title: str, url: str, tooltip: str) -> build.DashboardLink:
    return (
        build.DashboardLink(title)
        .type(grafana.DashboardLinkType.LINK)
        .url(url)
        .tooltip(tooltip)
        .icon("external link")
        .keep_time(True)
        .include_vars(False)
    )


def _variable(variable: Variable) -> build.QueryVariable | build.TextBoxVariable:
    if not variable.metric:
        return build.TextBoxVariable(variable.name).label(variable.heading).default_value(variable.text)
    # with an all-value that is a regex, "All" means also those that appear later
    return (
        build.QueryVariable(variable.name)
        .label(variable.heading)
        .query(f"label_values({variable.metric}, {variable.label})")
        .datasource(_source("prometheus"))
        .refresh(grafana.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(grafana.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(grafana.VariableOption(selected=True, text="All", value="$__all"))
    )


def _source(uid: Source) -> grafana.DataSourceRef:
    return grafana.DataSourceRef(type_val=uid, uid=uid)


def _panel(panel: Panel, number: int, place: Place) -> Any:
    built = _by_kind(panel)
    built = (
        built.id(number)
        .title(panel.title)
        .description(panel.question)
        .grid_pos(grafana.GridPos(h=place.height, w=place.width, x=place.x, y=place.y))
    )
    if panel.kind in ("note", "logs"):
        if panel.queries:
            built = built.datasource(_source("loki"))
    else:
        built = built.unit(panel.unit).datasource(_source(panel.queries[0].source))
        built = _valued(built, panel)
    for letter, query in zip("ABCDEFGHIJ", panel.queries, strict=False):
        built = built.with_target(_target(query, letter, panel))
    if panel.more:
        built = built.links([_link("More", f"/d/{panel.more}", "Where the answer continues")])
    return built


def _valued(built: Any, panel: Panel) -> Any:
    steps = panel.steps or (Step(value=None, colour=GREEN),)
    built = built.thresholds(
        build.ThresholdsConfig()
        .mode(grafana.ThresholdsMode.ABSOLUTE)
        .steps([grafana.Threshold(value=step.value, color=step.colour) for step in steps])
    )
    by_threshold = panel.kind in ("figure", "bars") or (panel.kind == "listing" and bool(panel.steps))
    mode = grafana.FieldColorModeId.THRESHOLDS if by_threshold else grafana.FieldColorModeId.PALETTE_CLASSIC_BY_NAME
    built = built.color_scheme(build.FieldColor().mode(mode))
    if panel.words and not any(column.plain for column in panel.columns):
        built = built.mappings(_mappings(panel))
    for pattern, colour in panel.colours:
        shades = {"mode": "shades", "fixedColor": colour}
        built = built.override_by_regexp(f"/{pattern}/", [grafana.DynamicConfigValue(id_val="color", value=shades)])
    if panel.decimals is not None:
        built = built.decimals(panel.decimals)
    if panel.least is not None:
        built = built.min(panel.least)
    if panel.most is not None:
        built = built.max(panel.most)
    if panel.without_value:
        built = built.no_value(panel.without_value)
    return built


def _mappings(panel: Panel) -> list[grafana.ValueMap]:
    shown = {
        value: grafana.ValueMappingResult(text=word, color=colour, index=index)
        for index, (value, word, colour) in enumerate(panel.words)
    }
    return [grafana.ValueMap(options=shown)]


def _by_kind(panel: Panel) -> Any:
    match panel.kind:
        case "lines":
            return _lines(panel)
        case "figure":
            return (
                stat.Panel()
                .reduce_options(_last())
                .color_mode(words.BigValueColorMode.VALUE)
                .graph_mode(words.BigValueGraphMode.AREA)
                .text_mode(words.BigValueTextMode.AUTO)
            )
        case "bars":
            return _bars(panel)
        case "shares":
            legend = piechart.PieChartLegendOptions().display_mode(words.LegendDisplayMode.TABLE).show_legend(True)
            legend = legend.placement(words.LegendPlacement.RIGHT).values(
                [piechart_words.PieChartLegendValues.VALUE, piechart_words.PieChartLegendValues.PERCENT]
            )
            return piechart.Panel().reduce_options(_last()).pie_type(piechart_words.PieChartType.DONUT).legend(legend)
        case "listing":
            return _listing(panel)
        case "heat":
            colours = heatmap.HeatmapColorOptions().mode(heatmap_words.HeatmapColorMode.SCHEME).scheme("Oranges").steps(64)
            return heatmap.Panel().calculate(False).color(colours).y_axis(heatmap.YAxisConfig().unit(panel.unit))
        case "logs":
            return (
                logs.Panel()
                .show_time(True)
                .wrap_log_message(True)
                .enable_log_details(True)
                .sort_order(words.LogsSortOrder.DESCENDING)
                .dedup_strategy(words.LogsDedupStrategy.NONE)
            )
        case "note":
            return text.Panel().content(panel.text)


def _bars(panel: Panel) -> bargauge.Panel:
    built = (
        bargauge.Panel()
        .reduce_options(_last())
        .orientation(words.VizOrientation.HORIZONTAL)
        .display_mode(words.BarGaugeDisplayMode.BASIC)
        .show_unfilled(True)
        # a single bar would fill the whole panel
        .sizing(words.BarGaugeSizing.MANUAL)
        .max_viz_height(_BAR_HEIGHT_PX)
    )
    # a single bar has no name unless it is given one
    label = re.fullmatch(r"\{\{(\w+)\}\}", panel.queries[0].legend)
    return built.display_name(f"${{__field.labels.{label[1]}}}") if label else built


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _lines(panel: Panel) -> timeseries.Panel:
    legend = (
        common.VizLegendOptions()
        .display_mode(words.LegendDisplayMode.TABLE)
        .placement(words.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["lastNotNull", "max"])
    )
    built = (
        timeseries.Panel()
        .line_width(1)
        .fill_opacity(30 if panel.stacked else 8)
        .show_points(words.VisibilityMode.NEVER)
        .legend(legend)
        .tooltip(common.VizTooltipOptions().mode(words.TooltipDisplayMode.MULTI).sort(words.SortOrder.DESCENDING))
    )
    if panel.stacked:
        built = built.stacking(common.StackingConfig().mode(words.StackingMode.NORMAL).group("A"))
    if panel.steps:
        built = built.thresholds_style(common.GraphThresholdsStyleConfig().mode(words.GraphThresholdsStyleMode.DASHED))
    return built


def _listing(panel: Panel) -> table.Panel:
    shown = {column.field: index for index, column in enumerate(panel.columns)}
    built = (
        table.Panel()
        .show_header(True)
        .filterable(True)
        # rows of several metrics become one only where all their labels agree, and the metric's name never does
        .with_transformation(
            grafana.DataTransformerConfig(id_val="filterFieldsByName", options={"exclude": {"names": ["__name__"]}})
        )
        .with_transformation(grafana.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(
            grafana.DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": {"Time": True},
                    "includeByName": dict.fromkeys(shown, True),
                    "indexByName": shown,
                    "renameByName": {column.field: column.heading for column in panel.columns},
                },
            )
        )
    )
    for column in panel.columns:
        built = built.override_by_name(column.heading, _column(column, panel))
    return built


def _column(column: Column, panel: Panel) -> list[grafana.DynamicConfigValue]:
    properties = [grafana.DynamicConfigValue(id_val="unit", value=column.unit)] if column.unit else []
    if column.field.startswith("Value") and not column.plain:
        if panel.words and any(other.plain for other in panel.columns):
            # not for all columns: an override adds to the mappings that hold for all, it cannot take them away
            properties.append(grafana.DynamicConfigValue(id_val="mappings", value=_mappings(panel)))
        if panel.steps or panel.words:
            properties.append(grafana.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}))
    return properties


def _target(query: Query, letter: str, panel: Panel) -> Any:
    now = panel.kind in ("bars", "shares", "listing")
    if query.source == "loki":
        asked = loki.Dataquery().expr(query.expression).ref_id(letter).legend_format(query.legend)
        return asked.query_type("range").datasource(_source("loki"))
    if query.source == "tempo":
        return tempo.TempoQuery().query(query.expression).query_type("traceql").ref_id(letter).datasource(_source("tempo"))
    prometheus = prometheus_query.Dataquery().expr(query.expression).ref_id(letter).legend_format(query.legend)
    prometheus = prometheus.instant() if now else prometheus.range()
    form = {"listing": PromQueryFormat.TABLE, "heat": PromQueryFormat.HEATMAP}.get(panel.kind, PromQueryFormat.TIME_SERIES)
    return prometheus.format(form).datasource(_source(query.source))
