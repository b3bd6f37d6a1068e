"""A run of claims as JSON, as JUnit XML, and as one self-contained page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from watchkeeper.verify.evidence import Outcome

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } .facts { opacity: .75; }
details { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .6rem 0; }
summary { cursor: pointer; display: flex; gap: .8rem; align-items: baseline; }
summary b { min-width: 6.5rem; } summary span { flex: 1; } summary i { opacity: .7; font-style: normal; }
.good b { color: #15803d; } .bad b { color: #dc2626; } .none b { opacity: .6; }
pre { overflow-x: auto; padding: .6rem; background: color-mix(in srgb, currentColor 7%, transparent); border-radius: .4rem; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything about one run of ``verify``. ``versions``: program → version; ``digest``: of what was rendered."""

    run_id: str
    stack: str
    started_at_s: float
    took_s: float
    counter_tests: bool
    plan_digest: str
    versions: Mapping[str, str]
    outcomes: Sequence[Outcome]

    @property
    def proven(self) -> bool:
        """Whether every outcome is the wanted one; what was left out does not count, and nothing at all proves nothing."""
        checked = [outcome for outcome in self.outcomes if not outcome.left_out_because]
        return bool(checked) and all(outcome.proven for outcome in checked)

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "run": self.run_id,
            "stack": self.stack,
            "proven": self.proven,
            "counter_tests": self.counter_tests,
            "started_at": datetime.fromtimestamp(self.started_at_s, UTC).isoformat(timespec="seconds"),
            "took_s": round(self.took_s, 3),
            "plan_digest": self.plan_digest,
            "versions": dict(self.versions),
            "claims": [outcome.as_data() for outcome in self.outcomes],
        }


def as_json(run: Run) -> str:
    """The whole run, evidence included."""
    return json.dumps(run.as_data(), indent=2, ensure_ascii=False) + "\n"


def as_junit(run: Run) -> str:
    """For CI: one test case a claim; inconclusive is an error, failed a failure."""
    suite = ET.Element(
        "testsuite",
        name="counter-tests" if run.counter_tests else "claims",
        tests=str(len(run.outcomes)),
        failures=str(sum(not outcome.proven and outcome.verdict.word != "inconclusive" for outcome in run.outcomes)),
        errors=str(sum(not outcome.proven and outcome.verdict.word == "inconclusive" for outcome in run.outcomes)),
        skipped=str(sum(bool(outcome.left_out_because) for outcome in run.outcomes)),
        time=f"{run.took_s:.3f}",
    )
    for outcome in run.outcomes:
        case = ET.SubElement(
            suite, "testcase", classname="watchkeeper.verify", name=outcome.claim.name, time=f"{outcome.took_s:.3f}"
        )
        if outcome.left_out_because:
            ET.SubElement(case, "skipped", message=outcome.left_out_because)
        elif not outcome.proven:
            kind = "error" if outcome.verdict.word == "inconclusive" else "failure"
            ET.SubElement(case, kind, message=_clean(outcome.verdict.finding)).text = _clean("\n".join(outcome.verdict.details))
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def as_html(run: Run) -> str:
    """One page without scripts or outside addresses."""
    page = ET.Element("html", lang="en")
    head = ET.SubElement(page, "head")
    ET.SubElement(head, "meta", charset="utf-8")
    ET.SubElement(head, "meta", name="viewport", content="width=device-width")
    title = f"{run.stack}: {'proven' if run.proven else 'not proven'}"
    ET.SubElement(head, "title").text = title
    ET.SubElement(head, "style").text = _STYLE
    body = ET.SubElement(page, "body")
    ET.SubElement(body, "h1").text = title
    good = sum(outcome.proven for outcome in run.outcomes)
    kind = "counter-tests" if run.counter_tests else "claims"
    started = datetime.fromtimestamp(run.started_at_s, UTC).isoformat(sep=" ", timespec="seconds")
    facts = f"{good} of {len(run.outcomes)} {kind} as wanted · {started} · {run.took_s:.0f} s · plan {run.plan_digest[:12]}"
    ET.SubElement(body, "p", {"class": "facts"}).text = facts
    versions = " · ".join(f"{name} {version}" for name, version in run.versions.items())
    ET.SubElement(body, "p", {"class": "facts"}).text = versions
    for outcome in run.outcomes:
        _section(body, outcome)
    return "<!doctype html>\n" + ET.tostring(page, encoding="unicode", method="html") + "\n"


def _section(body: ET.Element, outcome: Outcome) -> None:
    style = "none" if outcome.left_out_because else "good" if outcome.proven else "bad"
    section = ET.SubElement(body, "details", {"class": style})
    summary = ET.SubElement(section, "summary")
    ET.SubElement(summary, "b").text = "left out" if outcome.left_out_because else outcome.verdict.word
    ET.SubElement(summary, "span").text = outcome.claim.sentence
    ET.SubElement(summary, "i").text = f"{', '.join(outcome.claim.requirements)} · {outcome.took_s:.1f} s"
    data = outcome.as_data()
    ET.SubElement(section, "p").text = _clean(f"{data['finding']} (bound: {outcome.claim.bound})")
    if outcome.expected_to_fail:
        ET.SubElement(section, "p").text = f"Counter-test: {outcome.claim.broken_by}; the claim had to fail."
    if outcome.verdict.details:
        ET.SubElement(section, "pre").text = _clean("\n".join(outcome.verdict.details))
    if data["evidence"]:
        ET.SubElement(section, "pre").text = _clean(json.dumps(data["evidence"], indent=1, ensure_ascii=False))


def _clean(text: str) -> str:
    """XML has no place for most control characters; a log line may hold them."""
    return "".join(character if character >= " " or character in "\n\t" else "�" for character in text)
