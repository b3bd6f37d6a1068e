"""The logs themselves: how many, how bad, from whom, and the lines."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Dashboard, Row, Variable
from watchkeeper.dashboards.panels import lines, log_lines

_CHOSEN = '$selector |~ "(?i)$search"'


_VOLUME = Row(
    title="How many",
    panels=(
        lines(
            "Lines by level",
            "Are there more errors than usual?",
            {"{{detected_level}}": f"sum by (detected_level) (count_over_time({_CHOSEN} [$__auto]))"},
            style.COUNT,
            "loki",
            stacked=True,
            colours=style.LEVELS,
        ),
        lines(
            "Lines by service",
            "Who writes them?",
            {"{{service_name}}": f"sum by (service_name) (count_over_time({_CHOSEN} [$__auto]))"},
            style.COUNT,
            "loki",
            stacked=True,
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-logs",
        title="Logs",
        question="What did the services say at that time?",
        rows=(
            _VOLUME,
            Row(title="The lines", panels=(log_lines("Lines", "What exactly was written?", _CHOSEN),)),
        ),
        variables=(
            Variable(name="selector", heading="Streams", text='{job=~".+"}'),
            Variable(name="search", heading="Search", text=""),
        ),
        tags=("logs",),
    ),
)
