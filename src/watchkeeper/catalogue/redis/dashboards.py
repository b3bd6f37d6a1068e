"""Redis: is it up, does it hit, is there memory."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Dashboard, Row, Variable
from watchkeeper.dashboards.panels import figure, lines

_ALL = 'instance=~"$instance"'
_HITS = (
    f"sum(rate(redis_keyspace_hits_total{{{_ALL}}}[$__rate_interval]))"
    f" / (sum(rate(redis_keyspace_hits_total{{{_ALL}}}[$__rate_interval]))"
    f" + sum(rate(redis_keyspace_misses_total{{{_ALL}}}[$__rate_interval])))"
)


_NOW = Row(
    title="Now",
    panels=(
        figure(
            "Up",
            "Does Redis answer?",
            f"min(redis_up{{{_ALL}}})",
            style.PLAIN,
            steps=style.bad_below(1),
            words=style.HEALTHY,
        ),
        figure(
            "Hits",
            "Is the cache worth it?",
            _HITS,
            style.SHARE,
            steps=style.worse_below(0.8, 0.5),
            decimals=1,
        ),
        figure(
            "Memory in use",
            "How close is the limit? Without a limit (maxmemory 0) there is nothing to show.",
            f"max(redis_memory_used_bytes{{{_ALL}}} / (redis_memory_max_bytes{{{_ALL}}} > 0))",
            style.SHARE,
            steps=style.worse_above(0.8, 0.95),
            decimals=1,
            without_value="no limit",
        ),
        figure(
            "Clients",
            "How many clients are connected?",
            f"sum(redis_connected_clients{{{_ALL}}})",
        ),
        figure(
            "Last save",
            "Was the last snapshot written?",
            f"min(redis_rdb_last_bgsave_status{{{_ALL}}})",
            style.PLAIN,
            steps=style.bad_below(1),
            words=(("1", "written", style.GREEN), ("0", "failed", style.RED)),
        ),
        figure(
            "Up for",
            "Has Redis been restarted?",
            f"min(redis_uptime_in_seconds{{{_ALL}}})",
            style.SECONDS,
            decimals=0,
        ),
    ),
)


_USE = Row(
    title="Use",
    panels=(
        lines(
            "Commands",
            "What is Redis asked for?",
            {"{{cmd}}": f"sum by (cmd) (rate(redis_commands_total{{{_ALL}}}[$__rate_interval]))"},
            style.PER_SECOND,
            stacked=True,
        ),
        lines(
            "Mean time by command",
            "Which command is slow?",
            {
                "{{cmd}}": f"sum by (cmd) (rate(redis_commands_duration_seconds_total{{{_ALL}}}[$__rate_interval]))"
                f" / sum by (cmd) (rate(redis_commands_total{{{_ALL}}}[$__rate_interval]))"
            },
            style.SECONDS,
        ),
        lines(
            "Memory",
            "Does memory grow towards the limit?",
            {
                "used": f"redis_memory_used_bytes{{{_ALL}}}",
                "resident": f"redis_memory_used_rss_bytes{{{_ALL}}}",
                "limit": f"redis_memory_max_bytes{{{_ALL}}} > 0",
            },
            style.BYTES,
        ),
        lines(
            "Keys going away",
            "Is data thrown out before it expires?",
            {
                "expired": f"sum(rate(redis_expired_keys_total{{{_ALL}}}[$__rate_interval]))",
                "thrown out": f"sum(rate(redis_evicted_keys_total{{{_ALL}}}[$__rate_interval]))",
            },
            style.PER_SECOND,
        ),
        lines(
            "Clients",
            "Are clients waiting or refused?",
            {
                "connected": f"redis_connected_clients{{{_ALL}}}",
                "waiting": f"redis_blocked_clients{{{_ALL}}}",
                "limit": f"redis_config_maxclients{{{_ALL}}}",
            },
        ),
        lines(
            "Traffic",
            "How much goes in and out?",
            {
                "in": f"sum(rate(redis_net_input_bytes_total{{{_ALL}}}[$__rate_interval]))",
                "out": f"sum(rate(redis_net_output_bytes_total{{{_ALL}}}[$__rate_interval]))",
            },
            style.BYTES_PER_SECOND,
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-redis",
        title="Redis",
        question="Is the cache the reason: is it up, does it hit, is there memory?",
        rows=(_NOW, _USE),
        variables=(Variable(name="instance", heading="Server", metric="redis_up", label="instance"),),
        tags=("database",),
    ),
)
