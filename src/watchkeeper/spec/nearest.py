"""Guessing what a person meant by a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggest(word: str, known: Iterable[str], *, what: str = "") -> str:
    """A hint: the nearest known word, or all of them if none is near. ``what`` names them, as in "components"."""
    words = sorted(known)
    if not words:
        return ""
    lowered = {candidate.lower().replace("-", "_"): candidate for candidate in words}
    near = difflib.get_close_matches(word.lower().replace("-", "_"), lowered, n=1, cutoff=0.6)
    if near:
        return f"did you mean {lowered[near[0]]}?"
    return f"known {what}: {', '.join(words)}" if what else f"known: {', '.join(words)}"
