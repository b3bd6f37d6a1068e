"""Comparing what a driver answers with what a script expects."""

from tests.conformance.logql.drivers import Driver, Refused, SeriesAnswer
from tests.conformance.logql.script import Check, read_labels, read_line, read_value, same_value

from watchkeeper_store.logql.labels import Labels, labels_text
from watchkeeper_store.logql.quantities import parse_prometheus_duration, prometheus_duration


def run_check(driver: Driver, check: Check) -> None:
    """Raises AssertionError that shows both sides."""
    if check.kind == "parse":
        _same_text(driver.printed(check.query), "\n".join(check.expected))
    elif check.kind == "parse_fail":
        _same_text(_refusal(lambda: driver.printed(check.query)), "\n".join(check.expected))
    elif check.kind.startswith("fail_"):
        ask = {"fail_instant": driver.instant, "fail_range": driver.range, "fail_log": driver.log}[check.kind]
        text = _refusal(lambda: ask(check))
        assert "\n".join(check.expected) in text, f"refused otherwise: {text}"
    elif check.kind == "log":
        shown = [f"{prometheus_duration(at)} {labels_text(labels)} {line}" for at, labels, line in driver.log(check)]
        _same_text("\n".join(shown), "\n".join(_normal_entry(text) for text in check.expected))
    else:
        _compare_series(check, driver.range(check) if check.kind == "range" else driver.instant(check))


def _same_text(answered: str, expected: str) -> None:
    assert answered == expected, f"\nexpected:\n{expected}\nanswered:\n{answered}"


def _refusal(ask: object) -> str:
    try:
        answer = ask()  # type: ignore[operator]  # one of the methods above, bound to its argument
    except Refused as refusal:
        return str(refusal).rstrip()
    raise AssertionError(f"was answered, not refused: {answer}")


def _split_labels(text: str) -> tuple[Labels, str]:
    """The label set at the start of a text, and the rest."""
    in_string = False
    for index, mark in enumerate(text):
        if mark == '"' and text[index - 1] != "\\":
            in_string = not in_string
        elif mark == "}" and not in_string:
            return read_labels(text[: index + 1]), text[index + 1 :].removeprefix(" ")
    raise AssertionError(f"no label set: {text}")


def _normal_entry(text: str) -> str:
    at, _, rest = text.partition(" ")
    labels, line = _split_labels(rest)
    return f"{prometheus_duration(parse_prometheus_duration(at))} {labels_text(labels)} {read_line(line)}"


def _compare_series(check: Check, answer: SeriesAnswer) -> None:
    expected = []
    for text in check.expected:
        labels, values = _split_labels(text)
        expected.append((labels, [read_value(value) for value in values.split()]))
    if not check.ordered:
        # by values as well: label_replace can give several series the same labels
        answer, expected = (sorted(rows, key=lambda row: (row[0], repr(row[1]))) for rows in (answer, expected))
    shown = f"\nquery:    {check.query}\nexpected: {expected}\nanswered: {answer}"
    assert [labels for labels, _ in answer] == [labels for labels, _ in expected], shown
    for (_, got), (_, wanted) in zip(answer, expected, strict=True):
        assert len(got) == len(wanted), shown
        assert all(same_value(left, right) for left, right in zip(got, wanted, strict=True)), shown
