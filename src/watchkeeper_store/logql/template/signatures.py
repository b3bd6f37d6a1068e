"""How template functions are declared: their names, the types of their parameters, and what they do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Parameter = Literal["string", "int", "time", "any"]


MOST_CHARACTERS = 1_000_000
"""How long a text may become while a template runs on one line: a few characters of a query could ask for gigabytes."""


class FunctionFailure(Exception):
    """A function that gives an error instead of a value."""


def check_length(characters: int) -> None:
    """Raise FunctionFailure where a text of so many characters is too long."""
    if characters > MOST_CHARACTERS:
        raise FunctionFailure(f"the text would be longer than {MOST_CHARACTERS} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function. `rest` is the type of any number of further arguments."""

    name: str
    parameters: tuple[Parameter, ...]
    rest: Parameter | None = None
    summary: str
    call: Callable[..., Any]
