"""``watchkeeper lint``: what is wrong in hand-written monitoring files, before they are deployed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper import __version__
from watchkeeper.cli.flags import Json, as_json
from watchkeeper.cli.screen import print_json, say
from watchkeeper.lint.linter import Request, Result, Source, lint
from watchkeeper.lint.reference import explanation
from watchkeeper.lint.report import as_data, as_sarif, as_text
from watchkeeper.lint.rule import Severity
from watchkeeper.lint.rules import RULES
from watchkeeper.workload.failure import Mistake, MistakesFound

_ENDINGS = frozenset({".yml", ".yaml", ".json", ".md", ".markdown", ".alloy", ".river"})
_NOT_LOOKED_INTO = frozenset({".git", ".venv", "node_modules", "__pycache__"})
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


Version = Annotated[str | None, typer.Option(metavar="VERSION", help="Check for this version, as in 2.45.", show_default=False)]


def lint_command(  # noqa: PLR0913, PLR0917 - each parameter is an option of the command line
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Files, or folders to look through.", show_default=False)
    ] = None,
    prometheus: Version = None,
    alertmanager: Version = None,
    loki: Version = None,
    tempo: Version = None,
    grafana: Version = None,
    releases: Annotated[str, typer.Option(help="Versions to check for where nothing else says: current or seed.")] = "current",
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")] = False,
    format_: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TEXT,
    explain: Annotated[str | None, typer.Option(metavar="ID", help="Print why a rule is there, its fix and examples.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List every rule.")] = False,
    json_: Json = False,
) -> None:
    """Check hand-written Prometheus, Alertmanager, Loki, Promtail, Alloy, Tempo, Grafana and Compose files, in Markdown too."""
    if explain is not None or list_:
        _show_rules(explain)
        return
    if not paths:
        raise typer.BadParameter("name at least one file or folder", param_hint="PATH…")
    asked = {"prometheus": prometheus, "alertmanager": alertmanager, "loki": loki, "tempo": tempo, "grafana": grafana}
    versions = {product: version for product, version in asked.items() if version is not None}
    try:
        result = lint(_sources(paths), Request(release_set=releases, versions=versions, exists=_exists))
    except KeyError as unknown:
        raise typer.BadParameter(f"no release set {unknown}; use current or seed", param_hint="--releases") from None
    except ValueError as unreadable:
        raise typer.BadParameter(str(unreadable)) from None
    _print(result, Format.JSON if as_json.get() else format_)
    if result.count(Severity.ERROR) or (strict and result.count(Severity.WARNING)):
        raise typer.Exit(1)


def _show_rules(explain: str | None) -> None:
    chosen = [rule for rule in RULES if explain in (None, rule.id)]
    if not chosen:
        raise typer.BadParameter(f"no rule {explain}; see watchkeeper lint --list", param_hint="--explain")
    if as_json.get():
        names = ("id", "severity", "what", "why", "fix", "good", "bad")
        print_json([{name: getattr(rule, name) for name in names} | {"versions": rule.range_text()} for rule in chosen])
    for rule in chosen:
        say(explanation(rule) if explain else f"{rule.id:<17} {rule.severity:<8} {rule.what}")


def _print(result: Result, chosen: Format) -> None:
    if chosen is Format.JSON:
        print_json(as_data(result))
    elif chosen is Format.SARIF:
        print_json(as_sarif(result, RULES, version=__version__))
    else:
        styles = [_STYLES[finding.severity] for finding in result.findings]
        for line, style in zip(as_text(result), [*styles, "bold"], strict=True):
            say(line, style)


def _sources(paths: Iterable[Path]) -> list[Source]:
    """The text of every file, folders looked through in the order of names. Raises MistakesFound for what cannot be read."""
    found: list[Source] = []
    mistakes: list[Mistake] = []
    for path in paths:
        for file in _files(path):
            try:
                found.append(Source(file=str(file), text=file.read_text(encoding="utf-8-sig")))
            except (OSError, UnicodeDecodeError) as refused:
                reason = refused.strerror if isinstance(refused, OSError) else "it is not UTF-8 text"
                mistakes.append(
                    Mistake(
                        file=str(file),
                        line=0,
                        column=0,
                        kind="bad-path",
                        message=f"cannot read this file: {reason}",
                        hint="check the path and its permissions",
                    )
                )
    if mistakes:
        raise MistakesFound(mistakes)
    return found


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.suffix.lower() in _ENDINGS and file.is_file() and not _NOT_LOOKED_INTO & set(file.relative_to(path).parts):
            yield file


def _exists(file: str, path: str) -> bool | None:
    """A relative path is looked up beside the file that names it; an absolute one may be meant inside a container."""
    if path.startswith("/") or Path(file).suffix.lower() in {".md", ".markdown", ".txt", ".rst"}:
        return None
    return (Path(file).parent / path).exists()
