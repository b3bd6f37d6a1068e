"""JSON lines cut down, in SQL, to the few members that a query looks at, so that lines alike in these become one group.

Only lines of which that is certain to change nothing are cut; the others stay whole. Certain is: the line is one valid JSON
object, and of all texts in it that could become a label of a wanted name (other characters count as underscores, blanks around
a name as nothing, an object's name as the beginning of its members' names) there is none but the plain name, once. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SCALAR = r'("(?:[^"\\]|\\.)*"|[^",\[\]{}\s]+)'
_AROUND = r'(?:\\.|[^A-Za-z0-9_"\\])*'
_UNDERSCORE = r'(?:\\.|[^A-Za-z0-9"\\])'
# patterns that begin with a fixed character are several times as fast as others
_NO_NUMBER = r"-?(?:[iI][nN][fF]|[nN][aA][nN])(?:[iI]\w*)?\s*[,}\]]"
# a blank key adds nothing to a name: what is in it stands for the object around it, and the other way round
_BLANK_KEY = r'(?:[^!-~]|\\[a-z])*"\s*:'
_LENIENT = (rf",\s*(?:[}}\]]|{_NO_NUMBER})", rf'"(?:{_BLANK_KEY}|\s*:\s*{_NO_NUMBER})', rf"\[\s*{_NO_NUMBER}")
# \u could spell a name in ways that no pattern here knows; and DuckDB takes a comma too many, and numbers that are none
_READABLE = " AND ".join(
    [
        "starts_with(line, '{') AND NOT contains(line, '\\u') AND json_valid(line)",
        *(f"NOT regexp_matches(line, '{pattern}')" for pattern in _LENIENT),
    ]
)
_FLAT = "line NOT LIKE '%{%{%'"

Parameter = Callable[[str], str]
"""Makes a parameter of a text."""


def can_be_cut(names: Sequence[str]) -> bool:
    """Whether all names are such that their spellings can be told."""
    return all(_NAME.fullmatch(name) for name in names)


def json_brief(names: Sequence[str], value: Parameter) -> str:
    """An expression on ``line``: an object with the wanted members as they are written, or the line itself.

    Without names it still tells whether the line can be read at all.
    """
    certain = " AND ".join([_READABLE, *(_is_alone(name, value) for name in names)])
    members = ", ".join(["NULL", *(_member(name, value) for name in names)])
    return f"CASE WHEN {certain} THEN '{{' || concat_ws(',', {members}) || '}}' ELSE line END"


def _spellings(parts: Sequence[str]) -> str:
    return f'"{_AROUND}{_UNDERSCORE.join(parts)}{_AROUND}"'


def _is_alone(name: str, value: Parameter) -> str:
    """Few lines have the beginning of the name in them twice: only these are searched for other spellings."""
    parts = name.split("_")
    plain = f"contains(line, '\"{name}\"')"
    unlike = f"NOT contains(line, '{parts[0]}') OR ({plain} AND line NOT LIKE '%{parts[0]}%{parts[0]}%')"
    spelled = _spellings(parts)
    once = f"NOT regexp_matches(line, {value(f'(?s){spelled}.*{spelled}')})"
    alone = f"{once} AND ({plain} OR NOT regexp_matches(line, {value(spelled)}))"
    if len(parts) > 1:
        outer = "|".join(_spellings(parts[:count]) for count in range(1, len(parts)))
        nested = value(rf"(?:{outer})\s*:\s*\{{")
        alone += f" AND ({_FLAT} OR NOT regexp_matches(line, {nested}))"
    return f"({unlike} OR ({alone}))"


def _member(name: str, value: Parameter) -> str:
    """The member as text, NULL where there is none at the top, or where it is an object or a list."""
    pattern = value(rf'"{name}"\s*:\s*{_SCALAR}')
    is_there = f"contains(line, '\"{name}\"') AND ({_FLAT} OR json_exists(line, '$.{name}'))"
    return f"CASE WHEN {is_there} THEN '\"{name}\":' || nullif(regexp_extract(line, {pattern}, 1), '') END"
