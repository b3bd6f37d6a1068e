"""Rules for ``alertmanager.yml`` about routes, grouping, repetition and inhibition."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject, example
from watchkeeper.lint.walk import below, each, items, mappings, seconds
from watchkeeper.spec.document import Data, KeyPath

_OLD_MATCHERS = frozenset({"match", "match_re", "source_match", "source_match_re", "target_match", "target_match_re"})
_RETENTION_S = 120 * 3600.0
_LONG_WAIT_S = 300.0
_DEFAULT_GROUP_INTERVAL_S, _DEFAULT_REPEAT_S = 300.0, 4 * 3600.0


def routes(subject: Subject) -> Iterator[tuple[KeyPath, dict[str, Data], dict[str, Data]]]:
    """(path, route, settings with those of its parents) of every route, parents first."""
    root = mappings(subject.document.data.get("route"))
    if root:
        yield from _routes(("route",), root, {})


def _routes(
    path: KeyPath, route: dict[str, Data], inherited: dict[str, Data]
) -> Iterator[tuple[KeyPath, dict[str, Data], dict[str, Data]]]:
    own = ("receiver", "group_by", "group_wait", "group_interval", "repeat_interval")
    settings = inherited | {key: route[key] for key in own if key in route}
    yield path, route, settings
    for index, child in enumerate(items(route.get("routes"))):
        yield from _routes((*path, "routes", index), mappings(child), settings)


def _old_matchers(subject: Subject) -> Iterator[Hit]:
    for path, _ in below(subject.document.data):
        if path and path[-1] in _OLD_MATCHERS and path[0] in {"route", "inhibit_rules"}:
            yield Hit(path, f"cannot rely on {path[-1]}: it is deprecated", key=True)


def _repeat_not_multiple(subject: Subject) -> Iterator[Hit]:
    for path, route, settings in routes(subject):
        group_s = seconds(settings.get("group_interval")) or _DEFAULT_GROUP_INTERVAL_S
        repeat_s = seconds(settings.get("repeat_interval")) or _DEFAULT_REPEAT_S
        if ("repeat_interval" in route or "group_interval" in route) and repeat_s % group_s:
            where = "repeat_interval" if "repeat_interval" in route else "group_interval"
            yield Hit((*path, where), f"cannot repeat every {repeat_s:g} s: repetition happens at a group interval, so after "
                      f"{-(-repeat_s // group_s) * group_s:g} s")  # fmt: skip


def _repeat_too_long(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if path and path[-1] == "repeat_interval" and (seconds(value) or 0.0) > _RETENTION_S:
            yield Hit(
                path, "cannot remember a notification for so long: data.retention is 120h by default, then it is sent again"
            )


def _long_wait(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if path and path[-1] == "group_wait" and (seconds(value) or 0.0) >= _LONG_WAIT_S:
            yield Hit(path, "cannot report anything shorter than this: an alert that resolves before group_wait is never sent")


def _undefined_receiver(subject: Subject) -> Iterator[Hit]:
    known = {str(name) for _, name in each(subject.document, "receivers", "*", "name")}
    for path, route, _ in routes(subject):
        if "receiver" in route and str(route["receiver"]) not in known:
            yield Hit(
                (*path, "receiver"), f"cannot route to {route['receiver']}: no such receiver; Alertmanager refuses to start"
            )


def _unused_receiver(subject: Subject) -> Iterator[Hit]:
    used = {str(route["receiver"]) for _, route, _ in routes(subject) if "receiver" in route}
    for path, name in each(subject.document, "receivers", "*", "name"):
        if used and str(name) not in used:
            yield Hit(path, f"cannot reach the receiver {name}: no route leads to it")


def _same_receiver_twice(subject: Subject) -> Iterator[Hit]:
    seen: set[str] = set()
    for path, name in each(subject.document, "receivers", "*", "name"):
        if str(name) in seen:
            yield Hit(path, f"cannot have two receivers named {name}: Alertmanager refuses to start")
        seen.add(str(name))


def _group_by_everything_and_more(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if path and path[-1] == "group_by" and "..." in items(value) and len(items(value)) > 1:
            yield Hit(path, "cannot group by '...' and other labels at the same time: Alertmanager refuses to start")


def _unreachable_route(subject: Subject) -> Iterator[Hit]:
    for path, route, _ in routes(subject):
        children = [mappings(child) for child in items(route.get("routes"))]
        for index, child in enumerate(children[:-1]):
            matching = {"matchers", "match", "match_re"} & {key for key, value in child.items() if value}
            if not matching and child.get("continue") is not True:
                yield Hit((*path, "routes", index + 1), "cannot reach this route: the one before it takes every alert")
                break


def _inhibits_everything(subject: Subject) -> Iterator[Hit]:
    for path, rule in each(subject.document, "inhibit_rules", "*"):
        if not items(mappings(rule).get("equal")):
            yield Hit(
                path, "cannot tell which alerts belong together: without equal, one source silences every target everywhere"
            )


def _routed(tree: str, receivers: str = "[{name: team, webhook_configs: [{url: 'http://localhost:9000/'}]}]") -> str:
    return f"{example(tree)}receivers: {receivers}\n"


_GOOD = _routed("route: {receiver: team, group_interval: 5m, repeat_interval: 4h}")
_TWO = (
    "[{name: team, webhook_configs: [{url: 'http://localhost:9000/'}]}, {name: other, webhook_configs: [{url: "
    "'http://localhost:9001/'}]}]"
)

ROUTING_RULES = (
    Rule(
        id="WK-AM-001", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING, product="alertmanager", since=(0, 22),
        what="match, match_re and their kin.",
        why="Deprecated since 0.22 for matchers, and to be removed.",
        fix='write matchers: [severity = "critical"] (source_matchers, target_matchers)',
        check=_old_matchers,
        good=_routed("""
            route:
              receiver: team
              routes:
                - matchers: ['severity = "critical"']
        """),
        bad=_routed("""
            route:
              receiver: team
              routes:
                - match: {severity: critical}
        """),
    ),
    Rule(
        id="WK-AM-002", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="A repeat_interval that is no multiple of group_interval.",
        why="Groups are looked at every group_interval, so repetition comes later than written.",
        fix="make it a multiple",
        check=_repeat_not_multiple, good=_GOOD,
        bad=_routed("route: {receiver: team, group_interval: 7m, repeat_interval: 4h}"),
    ),
    Rule(
        id="WK-AM-003", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="A repeat_interval longer than the notification log.",
        why="After --data.retention (120h) Alertmanager has forgotten that it told you, and tells you again.",
        fix="use at most 120h, or raise --data.retention",
        check=_repeat_too_long, good=_GOOD, bad=_routed("route: {receiver: team, repeat_interval: 7d}"),
    ),
    Rule(
        id="WK-AM-004", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="A long group_wait.",
        why="An alert that resolves before group_wait is over is never sent, so short outages go unseen.",
        fix="use 30s to 1m, and put the patience into the alert's for",
        check=_long_wait, good=_routed("route: {receiver: team, group_wait: 30s}"),
        bad=_routed("route: {receiver: team, group_wait: 10m}"),
    ),
    Rule(
        id="WK-AM-005", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR,
        what="A route to a receiver that does not exist.",
        why="Alertmanager refuses to start, or to reload: the old configuration stays in force unnoticed.",
        fix="define the receiver, or correct the name",
        check=_undefined_receiver, good=_GOOD,
        bad=_routed("""
            route:
              receiver: team
              routes:
                - receiver: pager
        """),
    ),
    Rule(
        id="WK-AM-006", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="A receiver that no route leads to.",
        why="Somebody believes to be told.",
        fix="add a route, or remove the receiver",
        check=_unused_receiver, good=_GOOD, bad=_routed("route: {receiver: team}", _TWO),
    ),
    Rule(
        id="WK-AM-007", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR,
        what="Two receivers of one name.",
        why="Alertmanager refuses to start.",
        fix="rename one, or put both integrations into one receiver",
        check=_same_receiver_twice, good=_GOOD, bad=_routed("route: {receiver: team}", _TWO.replace("other", "team")),
    ),
    Rule(
        id="WK-AM-008", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR,
        what="group_by with '...' and other labels.",
        why="'...' means every label; Alertmanager refuses the combination.",
        fix="keep '...' alone, or name the labels",
        check=_group_by_everything_and_more,
        good=_routed("route: {receiver: team, group_by: ['...']}"),
        bad=_routed("route: {receiver: team, group_by: ['...', alertname]}"),
    ),
    Rule(
        id="WK-AM-009", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="A route after one that takes everything.",
        why="Routes are tried in order; one without matchers and without continue ends the search.",
        fix="put the route without matchers last, or add continue: true",
        check=_unreachable_route,
        good=_routed("""
            route:
              receiver: team
              routes:
                - matchers: ['team = "shop"']
                - receiver: team
        """),
        bad=_routed("""
            route:
              receiver: team
              routes:
                - receiver: team
                - matchers: ['team = "shop"']
        """),
    ),
    Rule(
        id="WK-AM-010", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="Inhibition without equal.",
        why="One critical alert anywhere silences every warning everywhere.",
        fix="name the labels that both must share, as in equal: [instance]",
        check=_inhibits_everything,
        good=_GOOD + example("""
            inhibit_rules:
              - source_matchers: ['severity = "critical"']
                target_matchers: ['severity = "warning"']
                equal: [instance]
        """),
        bad=_GOOD + example("""
            inhibit_rules:
              - source_matchers: ['severity = "critical"']
                target_matchers: ['severity = "warning"']
        """),
    ),
)  # fmt: skip
