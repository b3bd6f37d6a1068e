"""Rules about files as such: unreadable, of no known kind, and remarks to the linter that say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject, example


def _found_elsewhere(subject: Subject) -> Iterator[Hit]:
    """These rules are applied by the linter itself, which alone sees the text."""
    del subject
    return iter(())


_GOOD = example("""
    global:
      scrape_interval: 15s
""")

UNREADABLE = Rule(
    id="WK-LINT-001", kinds=(Kind.ANY,), severity=Severity.ERROR,
    what="The file cannot be read as YAML or JSON.",
    why="The program that reads the file will refuse it, and nothing after this place was checked.",
    fix="correct the syntax at this place",
    check=_found_elsewhere, good=_GOOD,
    bad=example("""
        global:
          scrape_interval: [15s
    """),
)  # fmt: skip
NOT_RECOGNISED = Rule(
    id="WK-LINT-002", kinds=(Kind.ANY,), severity=Severity.INFO,
    what="The file is of no kind that is checked.",
    why="A file that is silently left out looks like a file without mistakes.",
    fix="leave it out of the run, or check that its top-level keys are spelled right",
    check=_found_elsewhere, good=_GOOD,
    bad=example("""
        scrape_config:
          - name: typo
    """),
)  # fmt: skip
NO_REASON = Rule(
    id="WK-LINT-003", kinds=(Kind.ANY,), severity=Severity.WARNING,
    what="A finding is ignored without a reason.",
    why="Whoever reads the file next cannot tell a decision from a way to silence the linter.",
    fix="write the reason after the id",
    check=_found_elsewhere,
    good=example("""
        services:
          app:
            image: example/app:latest  # wk-lint: ignore=WK-COMPOSE-002 built and pinned by the deployment pipeline
    """),
    bad=example("""
        services:
          app:
            image: example/app:latest  # wk-lint: ignore=WK-COMPOSE-002
    """),
)  # fmt: skip
UNKNOWN_RULE = Rule(
    id="WK-LINT-004", kinds=(Kind.ANY,), severity=Severity.WARNING,
    what="A rule that does not exist is ignored.",
    why="The comment has no effect; most often the id is mistyped.",
    fix="see watchkeeper lint --list for the ids",
    check=_found_elsewhere, good=_GOOD,
    bad=example("""
        global:
          scrape_interval: 15s  # wk-lint: ignore=WK-PROM-999 no such rule
    """),
)  # fmt: skip
NOT_USED = Rule(
    id="WK-LINT-005", kinds=(Kind.ANY,), severity=Severity.WARNING,
    what="A finding is ignored that is not there.",
    why="A leftover comment would hide the same mistake when somebody makes it again.",
    fix="remove the comment",
    check=_found_elsewhere, good=_GOOD,
    bad=example("""
        global:
          scrape_interval: 15s  # wk-lint: ignore=WK-PROM-001 the variable has gone
    """),
)  # fmt: skip

LINT_RULES = (UNREADABLE, NOT_RECOGNISED, NO_REASON, UNKNOWN_RULE, NOT_USED)
