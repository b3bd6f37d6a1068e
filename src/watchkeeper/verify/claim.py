"""What a claim is: a sentence that can be false, a check that finds out, and a breakage that must make it false."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, TypeAlias

from watchkeeper.verify.stage import Stage

Word: TypeAlias = Literal["passed", "failed", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of one check. ``finding``: one line for people, with the measured figure where there is one.

    ``details``: further lines, such as each component that failed. Inconclusive means that nothing was learnt, and counts
    as a failure.
    """

    word: Word
    finding: str
    details: tuple[str, ...] = ()


def passed(finding: str, *details: str) -> Verdict:
    """The claim holds."""
    return Verdict(word="passed", finding=finding, details=details)


def failed(finding: str, *details: str) -> Verdict:
    """The claim does not hold."""
    return Verdict(word="failed", finding=finding, details=details)


def inconclusive(finding: str, *details: str) -> Verdict:
    """Nothing was learnt."""
    return Verdict(word="inconclusive", finding=finding, details=details)


Check: TypeAlias = Callable[[Stage], Awaitable[Verdict]]
Breakage: TypeAlias = Callable[[Stage], AbstractAsyncContextManager[Stage]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """``name`` is the sentence in snake case, ``sentence`` the same for people; ``bound`` says what was promised.

    ``breakage`` breaks the subject while its context is open, mends it afterwards, and gives the stage on which the check
    must then fail. ``components``: the claim is about these; it is left out, and said to be, where the plan has not all of
    them. ``disturbs``: the check stops or kills something, so such claims run last and one at a time. ``group`` names
    claims that are asked for together. ``rehearsed``: it needs local receivers in place of the real ones, so it is checked
    on a copy of the platform, and only when asked for.
    """

    name: str
    sentence: str
    requirements: tuple[str, ...]
    bound: str
    check: Check
    breakage: Breakage
    broken_by: str
    components: tuple[str, ...] = ()
    deadline_s: float = 60.0
    disturbs: bool = False
    group: str = ""
    rehearsed: bool = False
