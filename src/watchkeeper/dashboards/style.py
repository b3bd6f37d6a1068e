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
