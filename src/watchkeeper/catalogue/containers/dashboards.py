"""Containers, and the platform's own components, which report under the same names: who uses what, and who restarts."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row, Variable
from watchkeeper.dashboards.panels import bars, figure, lines, listing

_NAMED = 'name=~"$name", name!=""'
_OF_LIMIT = f"container_memory_working_set_bytes{{{_NAMED}}} / (container_spec_memory_limit_bytes{{{_NAMED}}} > 0)"


_NOW = Row(
    title="Now",
    panels=(
        figure(
            "Running",
            "How many containers have been seen in the last minute?",
            f"count(time() - container_last_seen{{{_NAMED}}} < 60)",
        ),
        figure(
            "CPU in use",
            "How many processors do they use together?",
            f"sum(rate(container_cpu_usage_seconds_total{{{_NAMED}}}[$__rate_interval]))",
            decimals=2,
        ),
        figure(
            "Memory in use",
            "How much memory do they use together?",
            f"sum(container_memory_working_set_bytes{{{_NAMED}}})",
            style.BYTES,
        ),
        figure(
            "Closest to its limit",
            "Will one of them be killed soon?",
            f"max({_OF_LIMIT})",
            style.SHARE,
            steps=style.worse_above(0.8, 0.9),
            decimals=1,
        ),
        figure(
            "Restarts, 1 hour",
            "Does one of them restart over and over?",
            f"sum(changes(container_start_time_seconds{{{_NAMED}}}[1h]))",
            steps=style.worse_above(1, 3),
        ),
        figure(
            "Killed for memory",
            "Was one of them killed within the last hour because it reached its limit?",
            f"sum(increase(container_oom_events_total{{{_NAMED}}}[1h]))",
            steps=style.bad_above(1),
            decimals=0,
        ),
    ),
)


_USE = Row(
    title="Use",
    panels=(
        lines(
            "CPU",
            "Who uses the processors?",
            {"{{name}}": f"sum by (name) (rate(container_cpu_usage_seconds_total{{{_NAMED}}}[$__rate_interval]))"},
            stacked=True,
        ),
        lines(
            "Memory",
            "Whose memory grows?",
            {"{{name}}": f"sum by (name) (container_memory_working_set_bytes{{{_NAMED}}})"},
            style.BYTES,
        ),
        bars(
            "Memory of limit",
            "Who is close to being killed?",
            f"sort_desc(max by (name) ({_OF_LIMIT}))",
            "{{name}}",
            style.SHARE,
            steps=style.worse_above(0.8, 0.9),
            most=1,
        ),
        lines(
            "CPU held back",
            "Who would run faster with a higher limit?",
            {
                "{{name}}": "sum by (name) (rate(container_cpu_cfs_throttled_periods_total"
                f"{{{_NAMED}}}[$__rate_interval]))"
                f" / sum by (name) (rate(container_cpu_cfs_periods_total{{{_NAMED}}}[$__rate_interval]))"
            },
            style.SHARE,
            steps=style.worse_above(0.1, 0.25),
        ),
        lines(
            "Network",
            "Who talks how much?",
            {
                "{{name}} in": f"sum by (name) (rate(container_network_receive_bytes_total{{{_NAMED}}}[$__rate_interval]))",
                "{{name}} out": f"sum by (name) (rate(container_network_transmit_bytes_total{{{_NAMED}}}[$__rate_interval]))",
            },
            style.BYTES_PER_SECOND,
        ),
        listing(
            "Containers",
            "What runs, which version, and since when?",
            (
                f"time() - container_start_time_seconds{{{_NAMED}}}",
                f"container_fs_usage_bytes{{{_NAMED}}}",
            ),
            (
                Column(field="name", heading="Name"),
                Column(field="image", heading="Image"),
                Column(field="Value #A", heading="Up for", unit=style.SECONDS),
                Column(field="Value #B", heading="Disk", unit=style.BYTES),
            ),
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-containers",
        title="Containers",
        question="Which container uses the machine, restarts, or is about to be killed?",
        rows=(_NOW, _USE),
        variables=(Variable(name="name", heading="Container", metric="container_last_seen", label="name"),),
        tags=("infrastructure",),
    ),
)
