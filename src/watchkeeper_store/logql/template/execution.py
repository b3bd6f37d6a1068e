"""Running a parsed template on one line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.template import nodes
from watchkeeper_store.logql.template.functions import FUNCTIONS, LINE, TIMESTAMP
from watchkeeper_store.logql.template.go_time import GoTime
from watchkeeper_store.logql.template.parser import Tree
from watchkeeper_store.logql.template.signatures import MOST_CHARACTERS, Function, FunctionFailure, Parameter, check_length
from watchkeeper_store.logql.template.values import Int64, TextMap, Value, is_true, kind_of, printed

_MAX_DEPTH = 100
_MOST_WORK = 10_000_000
"""What a template may do on one line, in characters that its functions read and write. Rounds of loops and calls count, too:
a loop in a loop would else run for as long as it likes."""
_WORK_OF_A_ROUND = 500
_WORK_OF_A_CALL = 100
_WORK_OF_A_CHARACTER = {"count": 8, "regexReplaceAll": 8, "regexReplaceAllLiteral": 8}  # where each may be a match
_GO_TYPES = {"string": "string", "int": "int", "time": "time.Time"}


class TemplateFailure(Exception):
    """A template that failed on a line; the text is Go's."""


class _Missing:
    """No value comes through the pipe."""


_MISSING = _Missing()
_Final: TypeAlias = "Value | _Missing"


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


@dataclass(slots=True)
class Execution:
    """One run: the labels as the first dot, the line and its time for functions that ask for them."""

    source: str
    name: str
    tree: Tree
    labels: Mapping[str, str]
    line: str
    timestamp_ns: int
    out: list[str] = field(default_factory=list)
    _variables: list[tuple[str, Value]] = field(default_factory=list)
    _depth: int = 0
    _work: int = 0
    _length: int = 0

    def run(self) -> str:
        """The text the template makes. Raises TemplateFailure."""
        root = TextMap(self.labels)
        self._variables.append(("$", root))
        self._walk(self.tree.body, root)
        return "".join(self.out)

    def _failure(self, node: nodes.Operand | nodes.Command | nodes.Call, message: str) -> TemplateFailure:
        before = self.source[: node.position]
        line = before.count("\n") + 1
        column = len(before.encode()) - (before.rfind("\n") + 1 if "\n" in before else 0)
        context = node.text() if not isinstance(node, nodes.Call) else f"{{{{template {quote(node.name)}}}}}"
        return TemplateFailure(f"template: {self.name}:{line}:{column}: executing {quote(self.name)} at <{context}>: {message}")

    # -- nodes

    def _walk(self, body: tuple[nodes.Node, ...], dot: Value) -> None:
        for node in body:
            match node:
                case nodes.Text():
                    self._write(node.content)
                case nodes.Action():
                    value = self._pipe(node.pipe, dot)
                    if not node.pipe.variables:
                        self._write(printed(value))
                case nodes.If() | nodes.With():
                    self._branch(node, dot)
                case nodes.Range():
                    self._range(node, dot)
                case nodes.Break():
                    raise _Break
                case nodes.Continue():
                    raise _Continue
                case nodes.Call():
                    self._call_template(node, dot)

    def _write(self, text: str) -> None:
        self._length += len(text)
        if self._length > MOST_CHARACTERS:
            raise TemplateFailure(f"template: {self.name}: the text would be longer than {MOST_CHARACTERS} characters")
        self.out.append(text)

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > _MOST_WORK:
            raise TemplateFailure(f"template: {self.name}: it takes more rounds, calls and text than one line may take")

    def _branch(self, node: nodes.If | nodes.With, dot: Value) -> None:
        known = len(self._variables)
        value = self._pipe(node.pipe, dot)
        if is_true(value):
            self._walk(node.then, value if isinstance(node, nodes.With) else dot)
        else:
            self._walk(node.otherwise, dot)
        del self._variables[known:]

    def _range(self, node: nodes.Range, dot: Value) -> None:
        known = len(self._variables)
        value = self._pipe(nodes.Pipe(node.pipe.position, node.pipe.commands), dot)
        pairs = self._pairs(node, value)
        if not pairs:
            self._walk(node.otherwise, dot)
        variables = node.pipe.variables
        for key, element in pairs:
            self._spend(_WORK_OF_A_ROUND)
            if node.pipe.assigns:
                for name, bound in zip(variables, (element,) if len(variables) == 1 else (key, element), strict=False):
                    self._assign(name, bound, node.pipe)
            elif len(variables) == 1:
                self._variables.append((variables[0], element))
            elif variables:
                self._variables += [(variables[0], key), (variables[1], element)]
            try:
                self._walk(node.body, element)
            except _Continue:
                pass
            except _Break:
                break
            finally:
                del self._variables[known:]
        del self._variables[known:]

    def _pairs(self, node: nodes.Range, value: Value) -> list[tuple[Value, Value]]:
        if isinstance(value, dict):
            return [(key, value[key]) for key in sorted(value)]
        if isinstance(value, list):
            return list(enumerate(value))
        if isinstance(value, int) and not isinstance(value, bool):
            return [(index, index) for index in range(min(value, _MOST_WORK // _WORK_OF_A_ROUND + 1))]
        if value is None:
            return []
        raise self._failure(node.pipe, f"range can't iterate over {printed(value)}")

    def _call_template(self, node: nodes.Call, dot: Value) -> None:
        body = self.tree.defined.get(node.name)
        if body is None:
            raise self._failure(node, f"template {quote(node.name)} not defined")
        if self._depth >= _MAX_DEPTH:
            raise self._failure(node, f"exceeded maximum template depth ({_MAX_DEPTH})")
        self._spend(_WORK_OF_A_ROUND)
        argument = self._pipe(node.pipe, dot) if node.pipe is not None else None
        outer, self._variables = self._variables, [("$", argument)]
        self._depth += 1
        self._walk(body, argument)
        self._depth -= 1
        self._variables = outer

    def _assign(self, name: str, value: Value, pipe: nodes.Pipe) -> None:
        for index in range(len(self._variables) - 1, -1, -1):
            if self._variables[index][0] == name:
                self._variables[index] = (name, value)
                return
        raise self._failure(pipe, f"undefined variable: {name}")

    # -- pipelines

    def _pipe(self, pipe: nodes.Pipe, dot: Value) -> Value:
        value: _Final = _MISSING
        for command in pipe.commands:
            value = self._command(command, dot, value)
        result = None if isinstance(value, _Missing) else value
        for name in pipe.variables:
            if pipe.assigns:
                self._assign(name, result, pipe)
            else:
                self._variables.append((name, result))
        return result

    def _command(self, command: nodes.Command, dot: Value, final: _Final) -> Value:
        first = command.arguments[0]
        if isinstance(first, nodes.Identifier):
            return self._function(first, command, dot, final)
        if isinstance(first, nodes.Field | nodes.Variable | nodes.Chain) and self._is_method(first, dot):
            return self._method(first, command, dot, final)
        if len(command.arguments) > 1 or not isinstance(final, _Missing):
            raise self._failure(first, f"can't give argument to non-function {first.text()}")
        if isinstance(first, nodes.Nil):
            raise self._failure(first, "nil is not a command")
        return self._operand(first, dot)

    def _operand(self, operand: nodes.Operand, dot: Value) -> Value:
        match operand:
            case nodes.Constant():
                return operand.value
            case nodes.Dot():
                return dot
            case nodes.Nil():
                return None
            case nodes.Field():
                return self._fields(operand, dot, operand.names)
            case nodes.Variable():
                return self._fields(operand, self._variable(operand.name), operand.names)
            case nodes.Chain():
                return self._fields(operand, self._operand(operand.operand, dot), operand.names)
            case nodes.Pipe():
                return self._pipe(operand, dot)
            case nodes.Identifier():
                return self._function(operand, nodes.Command(operand.position, (operand,)), dot, _MISSING)

    def _variable(self, name: str) -> Value:
        return next(value for known, value in reversed(self._variables) if known == name)

    def _fields(self, node: nodes.Operand, value: Value, names: tuple[str, ...]) -> Value:
        for name in names:
            if isinstance(value, TextMap):
                value = value.get(name, "")
            elif isinstance(value, dict):
                value = value.get(name)
            elif isinstance(value, GoTime):
                value = self._time_method(node, value, name, ())
            elif value is None and isinstance(node, nodes.Chain) and name is names[0]:
                continue  # a function gave nothing at all, of which every field is nothing as well
            elif value is None:
                raise self._failure(node, f"nil pointer evaluating interface {{}}.{name}")
            else:
                raise self._failure(node, f"can't evaluate field {name} in type {kind_of(value)}")
        return value

    # -- calls

    def _is_method(self, operand: nodes.Field | nodes.Variable | nodes.Chain, dot: Value) -> bool:
        """Whether the last field is asked of a time."""
        if not operand.names:
            return False
        owner = operand.names[:-1]
        match operand:
            case nodes.Field():
                return isinstance(self._fields(operand, dot, owner), GoTime)
            case nodes.Variable():
                return isinstance(self._fields(operand, self._variable(operand.name), owner), GoTime)
            case nodes.Chain():
                return isinstance(self._fields(operand, self._operand(operand.operand, dot), owner), GoTime)

    def _method(
        self, operand: nodes.Field | nodes.Variable | nodes.Chain, command: nodes.Command, dot: Value, final: _Final
    ) -> Value:
        owner = operand.names[:-1]
        start: Value = dot
        if isinstance(operand, nodes.Variable):
            start = self._variable(operand.name)
        elif isinstance(operand, nodes.Chain):
            start = self._operand(operand.operand, dot)
        value = self._fields(operand, start, owner)
        arguments = [self._operand(one, dot) for one in command.arguments[1:]]
        if not isinstance(final, _Missing):
            arguments.append(final)
        if not isinstance(value, GoTime):
            raise self._failure(operand, f"can't evaluate field {operand.names[-1]} in type {kind_of(value)}")
        return self._time_method(operand, value, operand.names[-1], tuple(arguments))

    def _time_method(self, node: nodes.Operand, time: GoTime, name: str, arguments: tuple[Value, ...]) -> Value:
        moment = time.local()
        if name == "Format" and len(arguments) == 1 and isinstance(arguments[0], str):
            return time.format(arguments[0])
        known: dict[str, Value] = {
            "Unix": Int64(time.ns // 1_000_000_000),
            "UnixMilli": Int64(time.ns // 1_000_000),
            "UnixMicro": Int64(time.ns // 1_000),
            "UnixNano": Int64(time.ns),
            "UTC": GoTime(time.ns),
            "Local": GoTime(time.ns),
            "String": time.text(),
            "Year": time.year,
            "Day": moment.day,
            "Hour": moment.hour,
            "Minute": moment.minute,
            "Second": moment.second,
            "Nanosecond": time.ns % 1_000_000_000,
            "YearDay": moment.timetuple().tm_yday,
            "Month": time.format("January"),
            "Weekday": time.format("Monday"),
        }
        if name not in known or arguments:
            raise self._failure(node, f"can't evaluate field {name} in type time.Time")
        return known[name]

    def _function(self, identifier: nodes.Identifier, command: nodes.Command, dot: Value, final: _Final) -> Value:
        name = identifier.name
        operands = command.arguments[1:]
        if name in ("and", "or"):
            return self._connective(name, identifier, operands, dot, final)
        if name in (LINE, TIMESTAMP):
            if operands or not isinstance(final, _Missing):
                given = len(operands) + (not isinstance(final, _Missing))
                raise self._failure(identifier, f"wrong number of args for {name}: want 0 got {given}")
            return self.line if name == LINE else GoTime(self.timestamp_ns)
        function = FUNCTIONS[name]
        given = len(operands) + (not isinstance(final, _Missing))
        wanted = len(function.parameters)
        if given < wanted or (given > wanted and function.rest is None):
            at_least = "at least " if function.rest is not None else ""
            raise self._failure(identifier, f"wrong number of args for {name}: want {at_least}{wanted} got {given}")
        arguments = [self._argument(operand, self._parameter(function, index), dot) for index, operand in enumerate(operands)]
        if not isinstance(final, _Missing):
            arguments.append(self._checked(final, self._parameter(function, len(operands)), command.arguments[-1]))
        read = sum(len(one) for one in arguments if isinstance(one, str))
        self._spend(_WORK_OF_A_CALL + read * _WORK_OF_A_CHARACTER.get(name, 1))
        try:
            value: Value = function.call(*arguments)
            if isinstance(value, str):
                check_length(len(value))
                self._spend(len(value))
        except FunctionFailure as failure:
            raise self._failure(command, f"error calling {name}: {failure}") from None
        except (OverflowError, ZeroDivisionError):
            # a number or time that Go can still hold and Python cannot
            raise self._failure(command, f"error calling {name}: value out of range") from None
        return value

    def _parameter(self, function: Function, index: int) -> Parameter:
        return function.parameters[index] if index < len(function.parameters) else function.rest or "any"

    def _connective(
        self, name: str, identifier: nodes.Identifier, operands: tuple[nodes.Operand, ...], dot: Value, final: _Final
    ) -> Value:
        if not operands and isinstance(final, _Missing):
            raise self._failure(identifier, f"wrong number of args for {name}: want at least 1 got 0")
        value: Value = None
        for operand in operands:
            value = self._operand(operand, dot)
            if is_true(value) == (name == "or"):
                return value
        return value if isinstance(final, _Missing) else final

    def _argument(self, operand: nodes.Operand, parameter: Parameter, dot: Value) -> Value:
        if isinstance(operand, nodes.Constant):
            if parameter == "time":
                raise self._failure(operand, f"can't handle {operand.text()} for arg of type time.Time")
            if parameter == "string" and not isinstance(operand.value, str):
                raise self._failure(operand, f"expected string; found {operand.text()}")
            if parameter != "int":
                return operand.value
            if operand.as_integer is None:
                raise self._failure(operand, f"expected integer; found {operand.text()}")
            return operand.as_integer
        return self._checked(self._operand(operand, dot), parameter, operand)

    def _checked(self, value: Value, parameter: Parameter, operand: nodes.Operand) -> Value:
        if parameter == "any":
            return value
        wanted = _GO_TYPES[parameter]
        if value is None:
            raise self._failure(operand, f"invalid value; expected {wanted}")
        if kind_of(value) != wanted:
            raise self._failure(operand, f"wrong type for value; expected {wanted}; got {kind_of(value)}")
        return value
