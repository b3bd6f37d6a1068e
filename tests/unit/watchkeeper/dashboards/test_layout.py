"""Panels on Grafana's grid."""

import pytest

from watchkeeper.dashboards.layout import placed
from watchkeeper.dashboards.model import Panel, Row


def a_panel(width: int, height: int = 4) -> Panel:
    return Panel(title="a", question="b?", kind="note", unit="none", width=width, height=height)


def places(*rows: Row) -> list[tuple[int, int, int, int]]:
    return [(place.x, place.y, place.width, place.height) for place in placed(rows)]


def test_panels_go_from_left_to_right_under_the_heading_of_their_row() -> None:
    assert places(Row(title="r", panels=(a_panel(12), a_panel(12)))) == [(0, 0, 24, 1), (0, 1, 12, 4), (12, 1, 12, 4)]


def test_a_panel_that_does_not_fit_starts_a_line_below_the_highest_of_the_line_before() -> None:
    row = Row(title="r", panels=(a_panel(8, 4), a_panel(8, 8), a_panel(12, 4)))
    assert places(row)[1:] == [(0, 1, 8, 4), (8, 1, 8, 8), (0, 9, 12, 4)]


def test_a_row_begins_below_all_panels_of_the_row_before() -> None:
    first = Row(title="1", panels=(a_panel(4, 8), a_panel(4, 4)))
    assert places(first, Row(title="2", panels=(a_panel(4),)))[3:] == [(0, 9, 24, 1), (0, 10, 4, 4)]


@pytest.mark.parametrize("width", [0, 25])
def test_a_panel_wider_than_the_grid_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match="cannot place 'a'"):
        places(Row(title="r", panels=(a_panel(width),)))
