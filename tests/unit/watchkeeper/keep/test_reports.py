"""Reports: what a value means, how it is written, and that every question is PromQL over metrics that exist."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import promql_parser
import pytest

from watchkeeper.keep.reports.ask import answer, judged, lines_of
from watchkeeper.keep.reports.inquiries import INQUIRIES
from watchkeeper.keep.reports.model import Inquiry, Question, Report, Section, Unit
from watchkeeper.keep.reports.views import as_data, as_html, as_text, figure
from watchkeeper.observe.prometheus import Sample

NOW_S = 1_795_262_400.0
DISK = Question(name="in use", expression="disk", unit="share", by=("mountpoint",), look=0.8, act=0.9, trend_over="1d")
LEFT = Question(name="left", expression="left", unit="days", look=30, act=7, less_is_worse=True, missing="it does not fill")


class Answers:
    """Prometheus' answers by (expression, moment)."""

    def __init__(self, answers: Mapping[tuple[str, float], Sequence[tuple[Mapping[str, str], float]]]) -> None:
        self._answers = answers

    async def query(self, expression: str, *, at_s: float | None = None) -> tuple[Sample, ...]:
        found = self._answers.get((expression, at_s or NOW_S), ())
        return tuple(Sample(labels=labels, at_s=at_s or NOW_S, value=value) for labels, value in found)


DISKS = Answers(
    {
        ("disk", NOW_S): [({"mountpoint": "/"}, 0.5), ({"mountpoint": "/data"}, 0.95), ({"mountpoint": "/tmp"}, float("nan"))],
        ("disk", NOW_S - 86400): [({"mountpoint": "/data"}, 0.9)],
        ("left", NOW_S): [({}, 12.0)],
    }
)


async def a_report() -> Report:
    inquiry = Inquiry(name="host", title="The machine", sections=(Section(title="Disks", questions=(DISK, LEFT)),))
    return await answer(inquiry, "shop", DISKS, NOW_S)


async def test_the_worst_line_comes_first_with_its_change_since_yesterday() -> None:
    data, root = await lines_of(DISK, DISKS, NOW_S)
    assert (data.labels, data.word, data.value, data.before) == ({"mountpoint": "/data"}, "act", 0.95, 0.9)
    assert (root.word, root.before) == ("fine", None)


async def test_no_answer_is_a_line_that_says_why() -> None:
    (line,) = await lines_of(LEFT, Answers({}), NOW_S)
    assert (line.word, line.value, line.note) == ("unknown", None, "it does not fill")


@pytest.mark.parametrize(
    ("question", "value", "word"),
    [(DISK, 0.79, "fine"), (DISK, 0.8, "look"), (DISK, 0.9, "act"), (LEFT, 31, "fine"), (LEFT, 30, "look"), (LEFT, 7, "act")],
)
def test_a_bound_counts_from_the_value_itself(question: Question, value: float, word: str) -> None:
    assert judged(question, value) == word


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.1234, "share", "12.3%"),
        (1536.0, "bytes", "1.5KiB"),
        (-3 * 2**30, "bytes", "-3.0GiB"),
        (12.0, "bytes", "12B"),
        (0.0123, "seconds", "12.3ms"),
        (90.0, "seconds", "1m30s"),
        (12.34, "days", "12.3 days"),
        (1234.5, "count", "1,234.5"),
        (3.0, "count", "3"),
        (None, "count", "-"),
    ],
)
def test_figures_are_written_with_their_unit(value: float | None, unit: Unit, text: str) -> None:
    assert figure(value, unit) == text


async def test_the_text_aligns_and_marks_what_needs_somebody() -> None:
    assert as_text(await a_report()).splitlines() == [
        "The machine of shop, 2026-11-21T12:00:00Z",
        "",
        "Disks",
        "  ACT   in use (/data)         95.0%  +5.0 points in 1d",
        "  ok    in use (/)             50.0%",
        "  LOOK  left               12.0 days",
    ]


async def test_data_and_page_say_the_same_and_the_page_escapes() -> None:
    report = await a_report()
    data = json.loads(json.dumps(as_data(report)))
    assert (data["verdict"], data["at"]) == ("act", "2026-11-21T12:00:00Z")
    assert data["sections"][0]["lines"][0] | {} == {
        "name": "in use", "labels": {"mountpoint": "/data"}, "verdict": "act", "value": 0.95, "unit": "share", "before": 0.9,
        "over": "1d", "note": "",
    }  # fmt: skip
    hostile = Answers({("disk", NOW_S): [({"mountpoint": "<script>"}, 0.5)]})
    inquiry = Inquiry(name="host", title="The machine", sections=(Section(title="Disks", questions=(DISK,)),))
    page = as_html(await answer(inquiry, "shop", hostile, NOW_S))
    assert "<script>" not in page
    assert "in use (&lt;script&gt;)" in page


@pytest.mark.parametrize(
    "question", [question for inquiry in INQUIRIES.values() for section in inquiry.sections for question in section.questions]
)
def test_every_question_is_promql(question: Question) -> None:
    promql_parser.parse(question.expression)
