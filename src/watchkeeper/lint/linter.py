"""Texts in, findings out: read, recognise, look around, check, suppress."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.lint.alloy import looks_like_alloy, read_alloy
from watchkeeper.lint.around import Around
from watchkeeper.lint.blocks import Block, embedded, fenced, is_markdown
from watchkeeper.lint.read import Offset, Reading, Refused, read
from watchkeeper.lint.recognise import recognise
from watchkeeper.lint.rule import Finding, Kind, Rule, Severity, Subject
from watchkeeper.lint.rules import RULES
from watchkeeper.lint.rules.lint import NO_REASON, NOT_RECOGNISED, NOT_USED, UNKNOWN_RULE, UNREADABLE
from watchkeeper.lint.suppress import suppressions
from watchkeeper.lint.versions import targets
from watchkeeper.lint.walk import each, items, mappings, seconds
from watchkeeper.spec.document import Document, Place

PROMETHEUS_DEFAULT_INTERVAL_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file: the name that findings call it by, and its text."""

    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to check for. ``versions``: product → version that the caller insists on; ``exists`` as in ``Around``."""

    release_set: str = "current"
    versions: Mapping[str, str] = field(default_factory=dict)
    exists: Callable[[str, str], bool | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """``findings`` sorted by place; ``recognised``: how many documents of each kind were checked."""

    findings: tuple[Finding, ...]
    recognised: Mapping[Kind, int]

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    document: Document
    kind: Kind


@dataclass(slots=True, kw_only=True)
class _Scope:
    """Files that belong together: all plain files of a run, or the blocks of one Markdown file."""

    written: list[_Written] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def lint(sources: Iterable[Source], request: Request | None = None) -> Result:
    """Check every source. Raises KeyError for an unknown release set and ValueError for a version that is none."""
    request = request or Request()
    scopes: dict[str, _Scope] = {}
    listed = list(sources)
    for source in listed:
        scope = scopes.setdefault(source.file if is_markdown(source.file) else "", _Scope())
        _take_in(source, scope)
    findings: list[Finding] = []
    recognised: dict[Kind, int] = {}
    for scope in scopes.values():
        findings += scope.findings
        findings += _checked(scope.written, request)
        for one in scope.written:
            recognised[one.kind] = recognised.get(one.kind, 0) + 1
    kept = [finding for source in listed for finding in _unsuppressed(source, findings)]
    return Result(findings=tuple(sorted(set(kept))), recognised=recognised)


def _take_in(source: Source, scope: _Scope) -> None:
    if is_markdown(source.file):
        for block in fenced(source.text):
            _take_block(source, block, scope)
    elif looks_like_alloy(source.file, source.text):
        _take_block(source, Block(text=source.text, language="alloy", offset=Offset()), scope)
    else:
        _take_block(source, Block(text=source.text, language="yaml", offset=Offset()), scope)


def _take_block(source: Source, block: Block, scope: _Scope) -> None:
    if block.language == "alloy":
        _keep(read_alloy(block.text, source.file, block.offset), source, scope, Kind.ALLOY)
        return
    _keep(read(_whole(block.text), source.file, _shifted(block)), source, scope, None)


def _whole(text: str) -> str:
    """A list of scrape jobs, as documentation shows them, becomes the configuration that would hold it."""
    first = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    return f"scrape_configs:\n{text}" if first.lstrip().startswith("- job_name:") else text


def _shifted(block: Block) -> Offset:
    added = 1 if _whole(block.text) != block.text else 0
    return Offset(line=block.offset.line - added, column=block.offset.column)


def _keep(reading: Reading, source: Source, scope: _Scope, kind: Kind | None) -> None:
    if reading.refused:
        scope.findings.append(_about(UNREADABLE, source.file, reading.refused.place, reading.refused.message))
    for document in reading.documents:
        inner = list(embedded(document, source.text.splitlines()))
        for _, block in inner:
            _take_block(source, block, scope)
        found = kind or recognise(document)
        if found is not Kind.UNKNOWN:
            scope.written.append(_Written(document=document, kind=found))
        elif not inner:
            names = ", ".join(list(document.data)[:4]) if document.data.keys() != {""} else "a list"
            message = f"cannot tell what kind of file this is (it holds {names or 'nothing'})"
            scope.findings.append(_about(NOT_RECOGNISED, source.file, document.place(()), message))
    if not reading.documents and not reading.refused:
        refused = Refused(place=Place(line=1, column=1), message="cannot find anything in this file")
        scope.findings.append(_about(NOT_RECOGNISED, source.file, refused.place, refused.message))


def _about(rule: Rule, file: str, place: Place, message: str) -> Finding:
    return Finding(
        file=file, line=place.line, column=place.column, rule=rule.id, severity=rule.severity, message=message, fix=rule.fix
    )


def _checked(written: Sequence[_Written], request: Request) -> Iterator[Finding]:
    around = look_around(((one.document, one.kind) for one in written), request.exists)
    images = [
        str(image) for one in written if one.kind is Kind.COMPOSE for _, image in each(one.document, "services", "*", "image")
    ]
    versions = targets(request.release_set, request.versions, images)
    for one in written:
        subject = Subject(document=one.document, kind=one.kind, around=around, versions=versions)
        for rule in RULES:
            if rule.applies(one.kind, versions):
                for hit in rule.check(subject):
                    yield _about(rule, one.document.file, one.document.place(hit.path, key=hit.key), hit.message)


def look_around(written: Iterable[tuple[Document, Kind]], exists: Callable[[str, str], bool | None] | None) -> Around:
    """What the files of one scope tell about each other."""
    jobs: set[str] | None = None
    services: set[str] | None = None
    interval_s: float | None = None
    for document, kind in written:
        if kind is Kind.PROMETHEUS:
            named = {str(name) for _, name in each(document, "scrape_configs", "*", "job_name")}
            jobs = (jobs or set()) | named
            default_s = seconds(mappings(document.data.get("global")).get("scrape_interval")) or PROMETHEUS_DEFAULT_INTERVAL_S
            if "global" in document.data:
                interval_s = max(interval_s or 0.0, default_s)
        elif kind is Kind.COMPOSE:
            services = (services or set()) | _container_names(document)
    found = Around(
        jobs=frozenset(jobs) if jobs is not None else None,
        services=frozenset(services) if services is not None else None,
        scrape_interval_s=interval_s,
    )
    return (
        found
        if exists is None
        else Around(jobs=found.jobs, services=found.services, scrape_interval_s=found.scrape_interval_s, exists=exists)
    )


def _container_names(document: Document) -> set[str]:
    names: set[str] = set()
    for path, service in each(document, "services", "*"):
        names.add(str(path[1]))
        settings = mappings(service)
        names |= {str(settings[key]) for key in ("container_name", "hostname") if key in settings}
        networks = mappings(settings.get("networks"))
        names |= {str(alias) for network in networks.values() for alias in items(mappings(network).get("aliases"))}
    return names


def _unsuppressed(source: Source, findings: Iterable[Finding]) -> Iterator[Finding]:
    mine = [finding for finding in findings if finding.file == source.file]
    known = {rule.id for rule in RULES}
    hidden: set[tuple[int, str]] = set()
    for one in suppressions(source.text.splitlines()):
        place = Place(line=one.written, column=one.column)
        here = {finding.rule for finding in mine if finding.line == one.line}
        for name in sorted(one.ids):
            if name not in known:
                yield _about(UNKNOWN_RULE, source.file, place, f"cannot ignore {name}: there is no such rule")
            elif name not in here:
                yield _about(NOT_USED, source.file, place, f"cannot find anything of {name} to ignore in line {one.line}")
            elif not one.reason:
                yield _about(NO_REASON, source.file, place, f"cannot accept that {name} is ignored without a reason")
            hidden.add((one.line, name))
    yield from (finding for finding in mine if (finding.line, finding.rule) not in hidden)
