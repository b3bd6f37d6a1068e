"""The house style: units, colours, thresholds and sizes. What a colour means is the same on every dashboard."""

from __future__ import annotations

from watchkeeper.dashboards.model import Step

GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"

SHARE = "percentunit"
SECONDS = "s"
BYTES = "bytes"
BYTES_PER_SECOND = "Bps"
REQUESTS_PER_SECOND = "reqps"
PER_SECOND = "ops"
MESSAGES_PER_SECOND = "mps"
ROWS_PER_SECOND = "rowsps"
PACKETS_PER_SECOND = "pps"
LINES_PER_SECOND = "count:lines/s"
SAMPLES_PER_SECOND = "count:samples/s"
TOKENS_PER_SECOND = "count:tokens/s"
COUNT = "short"
DOLLARS = "currencyUSD"
PLAIN = "none"

COLUMNS = 24
FIGURE_WIDTH, FIGURE_HEIGHT = 4, 4
PANEL_WIDTH, PANEL_HEIGHT = 12, 8
SHARES_WIDTH, LOGS_HEIGHT = 8, 12

PLATFORM_TAG = "watchkeeper"

INFORMATION = (Step(value=None, colour=BLUE),)
"""A number that is neither good nor bad."""

HEALTHY = (("1", "up", GREEN), ("0", "down", RED))
YES_IS_BAD = (("0", "no", GREEN), ("1", "yes", RED))

LEVELS = (
    ("^(emerg|fatal|crit|panic)", "purple"),
    ("^err", RED),
    ("^warn", YELLOW),
    ("^(info|notice)", GREEN),
    ("^(debug|trace)", BLUE),
    ("^unknown", GREY),
)
"""Severities of log lines, in the colours that they have everywhere else."""

STATUS_CODES = (("^1", GREY), ("^2", GREEN), ("^3", BLUE), ("^4", ORANGE), ("^5", RED))
"""By class, in shades: a success never looks like a failure."""


def worse_above(warning: float, critical: float) -> tuple[Step, ...]:
    """Green, yellow from ``warning`` on, red from ``critical`` on."""
    return (Step(value=None, colour=GREEN), Step(value=warning, colour=YELLOW), Step(value=critical, colour=RED))


def worse_below(warning: float, critical: float) -> tuple[Step, ...]:
    """Red, yellow from ``critical`` on, green from ``warning`` on."""
    return (Step(value=None, colour=RED), Step(value=critical, colour=YELLOW), Step(value=warning, colour=GREEN))


def bad_above(limit: float) -> tuple[Step, ...]:
    """Green, and red from ``limit`` on."""
    return (Step(value=None, colour=GREEN), Step(value=limit, colour=RED))


def bad_below(limit: float) -> tuple[Step, ...]:
    """Red, and green from ``limit`` on."""
    return (Step(value=None, colour=RED), Step(value=limit, colour=GREEN))
