"""The reference of all rules as Markdown: what ``docs/reference/lint.md`` holds, and what ``--explain`` prints of one rule.

Write it anew with ``python -m watchkeeper.lint.reference > docs/reference/lint.md``.
"""

from __future__ import annotations

import sys

from watchkeeper.lint.rule import Kind, Rule
from watchkeeper.lint.rules import RULES

_LANGUAGES = {Kind.ALLOY: "alloy", Kind.DASHBOARD: "json"}
_HEAD = """# The linter's rules

Generated from the rules; do not edit. `watchkeeper lint PATH…` checks hand-written files: Prometheus, rule files, Alertmanager,
Loki, Promtail, Alloy, Tempo, Grafana provisioning, dashboards and Compose, also as blocks in Markdown and in ConfigMaps.

- `--explain ID` prints one rule, `--list` all of them; `--json` and `--format sarif` are for machines.
- `--releases current|seed` chooses the versions to check for; image tags of a Compose file in the run, and `--prometheus 2.45`
  and its like, win over it.
- `# wk-lint: ignore=ID reason` hides a finding of its own line, or of the next one where it stands alone. The reason is needed.
- Exit code 1 where there is an error, with `--strict` also for a warning.

"""


def explanation(rule: Rule) -> str:
    """One rule: what, why, fix and both examples."""
    kinds = ", ".join(rule.kinds)
    about = f"{rule.severity}, {kinds}{f', {rule.range_text()}' if rule.range_text() else ''}"
    return (
        f"## {rule.id}: {rule.what}\n\n*{about}*\n\n{rule.why}\n\n**Fix:** {rule.fix}.\n\n"
        f"Wrong:\n\n{_fenced(rule, rule.bad)}\nRight:\n\n{_fenced(rule, rule.good)}"
    )


def _fenced(rule: Rule, text: str) -> str:
    return f"```{_LANGUAGES.get(rule.kinds[0], 'yaml')}\n{text}```\n"


def reference() -> str:
    """The whole reference: a table, then each rule."""
    rows = "".join(
        f"| [{rule.id}](#{_anchor(rule)}) | {rule.severity} | {rule.range_text()} | {rule.what} |\n" for rule in RULES
    )
    table = f"| Rule | Severity | Versions | What |\n|---|---|---|---|\n{rows}\n"
    return _HEAD + table + "\n".join(explanation(rule) for rule in RULES)


def _anchor(rule: Rule) -> str:
    title = f"{rule.id}: {rule.what}".lower()
    return "".join(letter for letter in title if letter.isalnum() or letter in " -_").replace(" ", "-")


if __name__ == "__main__":
    sys.stdout.write(reference())
