"""Tokens of a template → its tree."""

from dataclasses import dataclass, field

from watchkeeper_store.logql.quoting import quote, unquote
from watchkeeper_store.logql.template import nodes
from watchkeeper_store.logql.template.functions import FUNCTION_NAMES
from watchkeeper_store.logql.template.lexer import BadTemplate, Kind, Token, tokens

_STARTS_OPERAND = frozenset(
    {
        *(Kind.BOOLEAN, Kind.CHARACTER, Kind.DOT, Kind.FIELD, Kind.IDENTIFIER, Kind.NUMBER, Kind.NIL, Kind.STRING),
        *(Kind.VARIABLE, Kind.LEFT_PARENTHESIS),
    }
)
_MOST_SHOWN = 10
_MOST_NAMES = 2


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed template and the templates it defines inside, by name."""

    body: tuple[nodes.Node, ...]
    defined: dict[str, tuple[nodes.Node, ...]] = field(default_factory=dict)


def parse(text: str, name: str) -> Tree:
    """Read a template. Raises BadTemplate."""
    parser = _Parser(text, name)
    body, _ = parser.body(until=())
    return Tree(body, parser.defined)


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._tokens = tokens(text, name)
        self._index = 0
        self._variables: list[str] = ["$"]
        self._range_depth = 0
        self._action_line = 1
        self.defined: dict[str, tuple[nodes.Node, ...]] = {}

    def _mistake(self, message: str, token: Token | None = None) -> BadTemplate:
        position = (token or self._token).position
        return BadTemplate(f"template: {self._name}:{self._text.count(chr(10), 0, position) + 1}: {message}")

    @property
    def _token(self) -> Token:
        return self._tokens[self._index]

    def _next(self) -> Token:
        token = self._token
        self._index += 1
        return token

    def _skip_space(self) -> Token:
        while self._token.kind is Kind.SPACE:
            self._index += 1
        return self._token

    def _unexpected(self, context: str) -> BadTemplate:
        token = self._token
        if token.kind is Kind.MISTAKE:
            return self._lexical(token)
        shown = quote(token.text)
        if token.kind is Kind.END:
            shown = "EOF"
        elif token.kind in (Kind.KEYWORD, Kind.DOT, Kind.NIL):
            shown = f"<{token.text}>"
        elif len(token.text.encode()) > _MOST_SHOWN:
            shown = f"{quote(token.text[:_MOST_SHOWN])}..."
        return self._mistake(f"unexpected {shown} in {context}")

    def _lexical(self, token: Token) -> BadTemplate:
        """The error for a mistake that the lexer met, with the place of its action where that began on another line."""
        line = self._text.count("\n", 0, token.position) + 1
        if line == self._action_line:
            return BadTemplate(token.text)
        started = f"started at {self._name}:{self._action_line}"
        return BadTemplate(f"{token.text} {started}" if token.text.endswith(" action") else f"{token.text} in action {started}")

    def body(self, until: tuple[str, ...], *, found_instead: str = "unexpected {}") -> tuple[tuple[nodes.Node, ...], str]:
        """Read nodes up to one of the keywords, which is read too, or up to the end of the text where there are none.

        `found_instead` is the message for the other of the two keywords `end` and `else`.
        """
        found: list[nodes.Node] = []
        while True:
            token = self._next()
            if token.kind is Kind.TEXT:
                found.append(nodes.Text(token.text))
                continue
            if token.kind is Kind.END:
                if until:
                    raise self._mistake("unexpected EOF", token)
                return tuple(found), ""
            self._action_line = self._text.count("\n", 0, token.position) + 1
            if token.kind is Kind.MISTAKE:
                raise self._lexical(token)
            word = self._skip_space()
            if word.kind is Kind.KEYWORD and word.text in ("end", "else"):
                self._next()
                following = self._skip_space()
                if word.text == "end" or not (following.kind is Kind.KEYWORD and following.text in ("if", "with")):
                    self._close(word.text)
                if word.text not in until:
                    raise self._mistake(found_instead.format(f"{{{{{word.text}}}}}"), word)
                return tuple(found), word.text
            if until and word.kind is Kind.KEYWORD and word.text == "define":
                raise self._unexpected("command")
            node = self._node(word)
            if node is not None:
                found.append(node)

    def _close(self, context: str) -> None:
        self._skip_space()
        if self._token.kind is not Kind.CLOSE:
            raise self._unexpected(context)
        self._next()

    def _node(self, word: Token) -> nodes.Node | None:
        if word.kind is not Kind.KEYWORD:
            pipe = self._pipe("command", Kind.CLOSE)
            return nodes.Action(pipe)
        self._next()
        match word.text:
            case "if" | "with" | "range":
                return self._control(word.text)
            case "break" | "continue":
                self._close(f"{{{{{word.text}}}}}")
                if not self._range_depth:
                    raise self._mistake(f"{{{{{word.text}}}}} outside {{{{range}}}}", word)
                return nodes.Break() if word.text == "break" else nodes.Continue()
            case "template":
                return self._call(word)
        return self._definition(word)

    def _control(self, word: str) -> nodes.Node:
        known = len(self._variables)
        pipe = self._pipe(word, Kind.CLOSE)
        self._range_depth += word == "range"
        then, stopped = self.body(until=("end", "else"))
        self._range_depth -= word == "range"
        otherwise: tuple[nodes.Node, ...] = ()
        if stopped == "else":
            following = self._token
            if following.kind is Kind.KEYWORD and following.text == word and word in ("if", "with"):
                # `{{else if}}` is an if inside the else; one end closes both.
                self._next()
                otherwise = (self._control(word),)
            else:
                otherwise, _ = self.body(until=("end",), found_instead="expected end; found {}")
        del self._variables[known:]
        if word == "range":
            return nodes.Range(pipe, then, otherwise)
        return (nodes.If if word == "if" else nodes.With)(pipe, then, otherwise)

    def _template_name(self, context: str) -> str:
        token = self._skip_space()
        if token.kind is not Kind.STRING:
            raise self._unexpected(context)
        return unquote(self._next().text)

    def _call(self, word: Token) -> nodes.Call:
        name = self._template_name("template clause")
        if self._skip_space().kind is Kind.CLOSE:
            self._next()
            return nodes.Call(word.position, name, None)
        return nodes.Call(word.position, name, self._pipe("template clause", Kind.CLOSE))

    def _definition(self, word: Token) -> nodes.Node | None:
        name = self._template_name(f"{word.text} clause")
        pipe = None
        if word.text == "block":
            pipe = self._pipe("block clause", Kind.CLOSE)
        else:
            self._close("define clause")
        outer, self._variables = self._variables, ["$"]
        self.defined[name], _ = self.body(until=("end",), found_instead=f"unexpected {{}} in {word.text} clause")
        self._variables = outer
        return nodes.Call(word.position, name, pipe) if pipe is not None else None

    def _pipe(self, context: str, end: Kind) -> nodes.Pipe:
        start = self._skip_space().position
        variables, assigns = self._declaration(context)
        commands: list[nodes.Command] = []
        while True:
            token = self._skip_space()
            if token.kind is end:
                self._next()
                if not commands:
                    raise self._mistake(f"missing value for {context}", token)
                for number, command in enumerate(commands[1:], start=2):
                    if isinstance(command.arguments[0], nodes.Constant | nodes.Dot | nodes.Nil):
                        raise self._mistake(f"non executable command in pipeline stage {number}", token)
                return nodes.Pipe(start, tuple(commands), variables, assigns)
            if token.kind not in _STARTS_OPERAND:
                raise self._unexpected(context)
            commands.append(self._command())

    def _declaration(self, context: str) -> tuple[tuple[str, ...], bool]:
        """Read `$a :=`, `$a =` or, for a range, `$a, $b :=`, if there is one. The names are known from here on."""
        names: list[str] = []
        while self._skip_space().kind is Kind.VARIABLE:
            mark = self._index
            name = self._next().text
            after = self._skip_space()
            if after.kind in (Kind.DECLARE, Kind.ASSIGN):
                self._next()
                self._variables.append(name)
                return (*names, name), after.kind is Kind.ASSIGN
            if after.kind is not Kind.COMMA:
                self._index = mark
                break
            self._next()
            self._variables.append(name)
            names.append(name)
            if context != "range" or len(names) == _MOST_NAMES:
                raise self._mistake(f"too many declarations in {context}")
            if self._skip_space().kind not in (Kind.VARIABLE, Kind.CLOSE, Kind.RIGHT_PARENTHESIS):
                raise self._mistake("range can only initialize variables")
        return tuple(names), False

    def _command(self) -> nodes.Command:
        arguments: list[nodes.Operand] = []
        start = self._token.position
        while True:
            self._skip_space()
            operand = self._operand()
            if operand is not None:
                arguments.append(operand)
            token = self._token
            if token.kind is Kind.SPACE:
                continue
            if token.kind is Kind.PIPE:
                self._next()
            elif token.kind not in (Kind.CLOSE, Kind.RIGHT_PARENTHESIS):
                raise self._unexpected("operand")
            return nodes.Command(start, tuple(arguments))

    def _check_variable(self, name: str) -> None:
        if name not in self._variables:
            raise self._mistake(f"undefined variable {quote(name)}")

    def _operand(self) -> nodes.Operand | None:
        token = self._token
        operand = self._term(token)
        if operand is None:
            return None
        names: list[str] = []
        position = self._token.position  # messages about a chain point at its second name
        while self._token.kind is Kind.FIELD:
            names.append(self._next().text[1:])
        if not names:
            return operand
        if isinstance(operand, nodes.Field):
            return nodes.Field(position, (*operand.names, *names))
        if isinstance(operand, nodes.Variable):
            return nodes.Variable(position, operand.name, tuple(names))
        if isinstance(operand, nodes.Constant | nodes.Nil | nodes.Dot):
            raise self._mistake(f"unexpected . after term {quote(operand.text())}")
        return nodes.Chain(position, operand, tuple(names))

    def _term(self, token: Token) -> nodes.Operand | None:
        position, text = token.position, token.text
        operand: nodes.Operand
        match token.kind:
            case Kind.IDENTIFIER:
                if text not in FUNCTION_NAMES:
                    raise self._mistake(f"function {quote(text)} not defined")
                operand = nodes.Identifier(position, text)
            case Kind.DOT:
                operand = nodes.Dot(position)
            case Kind.NIL:
                operand = nodes.Nil(position)
            case Kind.FIELD:
                operand = nodes.Field(position, (text[1:],))
            case Kind.VARIABLE:
                self._check_variable(text)
                operand = nodes.Variable(position, text, ())
            case Kind.BOOLEAN:
                operand = nodes.Constant(position, text == "true", text)
            case Kind.STRING:
                operand = nodes.Constant(position, self._string(text), text)
            case Kind.CHARACTER:
                character = ord(unquote(f'"{text[1:-1]}"')[:1] or "\0")
                operand = nodes.Constant(position, character, text, character)
            case Kind.NUMBER:
                operand = self._number(position, text)
            case Kind.LEFT_PARENTHESIS:
                self._next()
                return self._pipe("parenthesized pipeline", Kind.RIGHT_PARENTHESIS)
            case _:
                return None
        self._next()
        return operand

    def _string(self, literal: str) -> str:
        try:
            return unquote(literal)
        except (ValueError, IndexError):
            raise self._mistake("invalid syntax") from None

    def _number(self, position: int, text: str) -> nodes.Constant:
        """A number; written with a point or an exponent it is a float, unless an integer is asked for and it can be one."""
        try:
            number = int(text, 0)
        except ValueError:
            pass
        else:
            if not -(2**63) <= number < 2**64:
                raise self._mistake(f"integer overflow: {quote(text)}")
            return nodes.Constant(position, number, text, number)
        try:
            as_float = float(text)
        except ValueError:
            raise self._mistake(f"illegal number syntax: {quote(text)}") from None
        fits = as_float.is_integer() and abs(as_float) < 2**63
        return nodes.Constant(position, as_float, text, int(as_float) if fits else None)
