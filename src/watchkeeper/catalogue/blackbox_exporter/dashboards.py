"""Probes: is what people use reachable from outside, how fast, and when do certificates end."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row, Variable
from watchkeeper.dashboards.panels import bars, figure, lines, listing

_PROBE = 'probe=~"$probe"'


_NOW = Row(
    title="Now",
    panels=(
        figure(
            "Reachable",
            "What share of the probed things answers as it should?",
            f"avg(probe_success{{{_PROBE}}})",
            style.SHARE,
            steps=style.bad_below(1),
        ),
        figure(
            "Over the shown time",
            "What was the availability?",
            f"avg(avg_over_time(probe_success{{{_PROBE}}}[$__range]))",
            style.SHARE,
            steps=style.worse_below(0.999, 0.99),
            decimals=3,
        ),
        figure(
            "Slowest",
            "How long does the slowest one take?",
            f"max(probe_duration_seconds{{{_PROBE}}})",
            style.SECONDS,
            steps=style.worse_above(1, 3),
        ),
        figure(
            "Next certificate ends in",
            "When must a certificate be renewed? It stays known for a day after the probe lost sight of it.",
            f"min(last_over_time(probe_ssl_earliest_cert_expiry{{{_PROBE}}}[1d]) - time())",
            style.SECONDS,
            steps=style.worse_below(14 * 86_400, 7 * 86_400),
            decimals=0,
            without_value="no TLS",
        ),
    ),
)


_EACH = Row(
    title="Each probe",
    panels=(
        lines(
            "Reachable",
            "When was which one down?",
            {"{{probe}}": f"probe_success{{{_PROBE}}}"},
            style.PLAIN,
            most=1,
        ),
        lines(
            "Time",
            "Which one got slower?",
            {"{{probe}}": f"probe_duration_seconds{{{_PROBE}}}"},
            style.SECONDS,
        ),
        lines(
            "Where the time goes",
            "Is it the name, the connection, TLS or the server?",
            {"{{probe}} {{phase}}": f"probe_http_duration_seconds{{{_PROBE}}}"},
            style.SECONDS,
            stacked=True,
        ),
        bars(
            "Availability",
            "Which one was least available in the shown time?",
            f"sort(avg by (probe) (avg_over_time(probe_success{{{_PROBE}}}[$__range])))",
            "{{probe}}",
            style.SHARE,
            steps=style.worse_below(0.999, 0.99),
            most=1,
        ),
        listing(
            "Answers",
            "What does each one answer right now?",
            (f"probe_success{{{_PROBE}}}", f"probe_http_status_code{{{_PROBE}}}", f"probe_duration_seconds{{{_PROBE}}}"),
            (
                Column(field="probe", heading="Probe"),
                Column(field="instance", heading="Address"),
                Column(field="Value #A", heading="Success"),
                Column(field="Value #B", heading="HTTP status"),
                Column(field="Value #C", heading="Time", unit=style.SECONDS),
            ),
            width=style.COLUMNS,
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-probes",
        title="Probes and certificates",
        question="Is what people use reachable from outside, how fast, and when do certificates end?",
        rows=(_NOW, _EACH),
        variables=(Variable(name="probe", heading="Probe", metric="probe_success", label="probe"),),
        tags=("outside",),
    ),
)
