"""How template functions are declared: their names, the types of their parameters, and what they do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Parameter = Literal["string", "int", "time", "any"]


class FunctionFailure(Exception):
    """A function that gives an error instead of a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function. `rest` is the type of any number of further arguments."""

    name: str
    parameters: tuple[Parameter, ...]
    rest: Parameter | None = None
    summary: str
    call: Callable[..., Any]
