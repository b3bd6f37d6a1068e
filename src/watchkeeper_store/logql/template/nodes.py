"""The tree of a template. `text()` is what Go prints for a node in its error messages; `position` is where it starts."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Identifier:
    """The name of a function."""

    position: int
    name: str

    def text(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Field:
    """`.a.b`."""

    position: int
    names: tuple[str, ...]

    def text(self) -> str:
        return "".join(f".{name}" for name in self.names)


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name.a.b`; the name includes its sign."""

    position: int
    name: str
    names: tuple[str, ...]

    def text(self) -> str:
        return self.name + "".join(f".{name}" for name in self.names)


@dataclass(frozen=True, slots=True)
class Dot:
    """`.`."""

    position: int

    def text(self) -> str:
        return "."


@dataclass(frozen=True, slots=True)
class Nil:
    """`nil`."""

    position: int

    def text(self) -> str:
        return "nil"


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: its value, how it was written, and the integer it can stand for where one is asked for."""

    position: int
    value: str | bool | int | float
    written: str
    as_integer: int | None = None

    def text(self) -> str:
        return self.written


@dataclass(frozen=True, slots=True)
class Chain:
    """`(pipeline).a.b`, or a function and fields of its result."""

    position: int
    operand: "Operand"
    names: tuple[str, ...]

    def text(self) -> str:
        inner = self.operand.text()
        if isinstance(self.operand, Pipe):
            inner = f"({inner})"
        return inner + "".join(f".{name}" for name in self.names)


@dataclass(frozen=True, slots=True)
class Command:
    """An operand, or a function and its arguments."""

    position: int
    arguments: tuple["Operand", ...]

    def text(self) -> str:
        return " ".join(f"({one.text()})" if isinstance(one, Pipe) else one.text() for one in self.arguments)


@dataclass(frozen=True, slots=True)
class Pipe:
    """Commands, each of which gets the value of the one before as its last argument; the value may go into variables."""

    position: int
    commands: tuple[Command, ...]
    variables: tuple[str, ...] = ()
    assigns: bool = False

    def text(self) -> str:
        target = f"{', '.join(self.variables)} {'=' if self.assigns else ':='} " if self.variables else ""
        return target + " | ".join(command.text() for command in self.commands)


Operand: TypeAlias = Identifier | Field | Variable | Dot | Nil | Constant | Chain | Pipe


@dataclass(frozen=True, slots=True)
class Text:
    """Text between actions."""

    content: str


@dataclass(frozen=True, slots=True)
class Action:
    """`{{pipeline}}`."""

    pipe: Pipe


@dataclass(frozen=True, slots=True)
class If:
    """`{{if}} … {{else}} … {{end}}`."""

    pipe: Pipe
    then: tuple["Node", ...]
    otherwise: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class With:
    """`{{with}} … {{else}} … {{end}}`."""

    pipe: Pipe
    then: tuple["Node", ...]
    otherwise: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """`{{range}} … {{else}} … {{end}}`."""

    pipe: Pipe
    body: tuple["Node", ...]
    otherwise: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    """`{{break}}`."""


@dataclass(frozen=True, slots=True)
class Continue:
    """`{{continue}}`."""


@dataclass(frozen=True, slots=True)
class Call:
    """`{{template "name" pipeline}}`."""

    position: int
    name: str
    pipe: Pipe | None


Node: TypeAlias = Text | Action | If | With | Range | Break | Continue | Call
