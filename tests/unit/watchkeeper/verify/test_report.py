"""Reports: JSON with evidence, JUnit that CI understands, one page without outside addresses."""

import json
from xml.etree import ElementTree as ET

from tests.unit.watchkeeper.verify.test_run import CLAIM

from watchkeeper.observe.answer import Exchange
from watchkeeper.verify.claim import Verdict, failed, inconclusive, passed
from watchkeeper.verify.evidence import MOST_EXCHANGES, Outcome, Record
from watchkeeper.verify.report import Run, as_html, as_json, as_junit

EXCHANGE = Exchange(
    at_s=1.0, method="GET", url="http://127.0.0.1:1/x", parameters={"query": "up"}, status=200, body="<1>", took_s=0.01
)


def an_outcome(verdict: Verdict, left_out_because: str = "") -> Outcome:
    return Outcome(
        claim=CLAIM, verdict=verdict, started_at_s=0.0, took_s=1.5, exchanges=(EXCHANGE,), left_out_because=left_out_because
    )


def a_run(*outcomes: Outcome) -> Run:
    return Run(
        run_id="r",
        stack="shop",
        started_at_s=0.0,
        took_s=3.0,
        counter_tests=False,
        plan_digest="abc",
        versions={"web": "1"},
        outcomes=outcomes,
    )


def test_json_holds_the_query_the_answer_and_the_versions() -> None:
    data = json.loads(as_json(a_run(an_outcome(passed("fine")))))
    assert data["proven"] is True
    assert data["versions"] == {"web": "1"}
    assert data["claims"][0]["evidence"][0]["parameters"] == {"query": "up"}
    assert data["claims"][0]["evidence"][0]["answer"] == "<1>"


def test_junit_counts_failures_errors_and_what_was_left_out() -> None:
    run = a_run(
        an_outcome(passed("")), an_outcome(failed("no", "why")), an_outcome(inconclusive("?")), an_outcome(passed(""), "no web")
    )
    suite = ET.fromstring(as_junit(run))
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    assert suite.findall("testcase/failure")[0].text == "why"


def test_one_failure_makes_the_run_unproven_and_nothing_at_all_proves_nothing() -> None:
    assert not a_run(an_outcome(passed("")), an_outcome(failed("no"))).proven
    assert not a_run().proven
    assert not a_run(an_outcome(passed(""), "no web")).proven
    assert a_run(an_outcome(passed("")), an_outcome(passed(""), "no web")).proven


def test_the_page_escapes_what_was_answered_and_needs_no_other_address() -> None:
    page = as_html(a_run(an_outcome(failed("<script>alert(1)</script>\x00", "<b>"))))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x00" not in page
    assert "src=" not in page
    assert "href=" not in page


def test_of_very_many_exchanges_the_first_and_the_last_are_kept() -> None:
    record = Record()
    for number in range(MOST_EXCHANGES + 50):
        record(Exchange(at_s=number, method="GET", url="", parameters={}, status=200, body="", took_s=0))
    kept, left_out = record.take()
    assert (len(kept), left_out) == (MOST_EXCHANGES, 50)
    assert (kept[0].at_s, kept[-1].at_s) == (0, MOST_EXCHANGES + 49)
    assert record.take() == ((), 0)
