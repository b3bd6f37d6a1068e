"""Go's text/template with the functions LogQL offers: `parse_template` once, `Template.execute` per line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from watchkeeper_store.logql.template import nodes
from watchkeeper_store.logql.template.execution import Execution, TemplateFailure
from watchkeeper_store.logql.template.lexer import BadTemplate
from watchkeeper_store.logql.template.parser import Tree, parse

__all__ = ("BadTemplate", "Template", "TemplateFailure", "parse_template")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A parsed template. `simple` is its form where it is nothing but text and labels: most are."""

    source: str
    name: str
    tree: Tree
    simple: tuple[tuple[str, bool], ...] | None

    def fields(self) -> tuple[str, ...]:
        """Names of labels the template looks at, as far as it can be seen."""
        return tuple(dict.fromkeys(_fields(self.tree.body)))

    @property
    def only_label(self) -> str | None:
        """The label that the template consists of: `{{.label}}`, perhaps assigned to a variable."""
        match self.tree.body:
            case (nodes.Action(pipe=nodes.Pipe(commands=(nodes.Command(arguments=(nodes.Field(names=(name,)),)),))),):
                return name
        return None

    def execute(self, labels: Mapping[str, str], line: str, timestamp_ns: int) -> str:
        """The text for one line. Raises TemplateFailure."""
        if self.simple is not None:
            return "".join([labels.get(part, "") if is_label else part for part, is_label in self.simple])
        return Execution(self.source, self.name, self.tree, labels, line, timestamp_ns).run()


@lru_cache(maxsize=256)
def parse_template(text: str, *, name: str) -> Template:
    """Read a template; `name` stands in its messages. Raises BadTemplate."""
    tree = parse(text, name)
    return Template(source=text, name=name, tree=tree, simple=_simple(tree))


def _simple(tree: Tree) -> tuple[tuple[str, bool], ...] | None:
    parts: list[tuple[str, bool]] = []
    for node in tree.body:
        match node:
            case nodes.Text():
                parts.append((node.content, False))
            case nodes.Action(
                pipe=nodes.Pipe(commands=(nodes.Command(arguments=(nodes.Field(names=(name,)),)),), variables=())
            ):
                parts.append((name, True))
            case _:
                return None
    return tuple(parts)


def _fields(body: tuple[nodes.Node, ...]) -> Iterator[str]:
    for node in body:
        match node:
            case nodes.Action():
                yield from _fields_of_operand(node.pipe)
            case nodes.If() | nodes.With():
                yield from _fields_of_operand(node.pipe)
                yield from _fields(node.then)
                yield from _fields(node.otherwise)
            case nodes.Range():
                yield from _fields_of_operand(node.pipe)
                yield from _fields(node.body)
                yield from _fields(node.otherwise)


def _fields_of_operand(operand: nodes.Operand) -> Iterator[str]:
    match operand:
        case nodes.Field():
            yield from operand.names
        case nodes.Chain():
            yield from _fields_of_operand(operand.operand)
        case nodes.Pipe():
            for command in operand.commands:
                for argument in command.arguments:
                    yield from _fields_of_operand(argument)
