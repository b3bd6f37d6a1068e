"""Goldens for descriptions: ``NAME.bad.yaml`` stands beside ``NAME.bad.txt``, which holds every mistake found in it, one per
line as ``[kind] file:line:column: message; hint``; ``NAME.yaml`` beside ``NAME.json``, which holds what was understood.

What reads a description is given by the caller, so that the same files can be run through any stage.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from watchkeeper.workload.failure import Mistake, MistakesFound

Run: TypeAlias = Callable[[str, str], object]
"""Takes the text of a description and its file name; raises MistakesFound."""


def bad_cases(folder: Path) -> list[Path]:
    """Every ``*.bad.yaml`` of a folder, sorted."""
    return sorted(folder.glob("*.bad.yaml"))


def good_cases(folder: Path) -> list[Path]:
    """Every other ``*.yaml`` of a folder, sorted."""
    return sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(".bad.yaml"))


def expectation(case: Path) -> Path:
    """Where the expected outcome of a case stands."""
    return case.with_suffix(".txt" if case.name.endswith(".bad.yaml") else ".json")


def check_bad(case: Path, run: Run) -> None:
    """The mistakes that ``run`` finds are those that stand beside the case; none to compare with is a failure as well."""
    with pytest.raises(MistakesFound) as found:
        run(case.read_text(encoding="utf-8"), case.name)
    actual = "".join(f"{shown(mistake)}\n" for mistake in found.value.mistakes)
    assert expectation(case).is_file(), f"nothing says what to expect of {case.name}; it gave:\n{actual}"
    assert actual == expectation(case).read_text(encoding="utf-8")


def shown(mistake: Mistake) -> str:
    """One line of an expectation."""
    return f"[{mistake.kind}] {mistake}"


def kinds_expected(folder: Path) -> set[str]:
    """The kinds of mistakes for which a folder has an example."""
    texts = (expectation(case).read_text(encoding="utf-8") for case in bad_cases(folder))
    return {kind for text in texts for kind in re.findall(r"^\[([a-z-]+)\] ", text, re.MULTILINE)}


def stray_expectations(folder: Path) -> list[str]:
    """Expectations whose case is gone."""
    wanted = {expectation(case) for case in (*bad_cases(folder), *good_cases(folder))}
    return sorted(path.name for path in (*folder.glob("*.txt"), *folder.glob("*.json")) if path not in wanted)
