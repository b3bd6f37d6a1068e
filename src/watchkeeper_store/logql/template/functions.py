"""All functions of templates by name. `and`, `or` and the two about the line itself are run by the interpreter."""

from watchkeeper_store.logql.template.builtins import BUILTINS
from watchkeeper_store.logql.template.numbers import NUMBER_FUNCTIONS
from watchkeeper_store.logql.template.signatures import Function
from watchkeeper_store.logql.template.texts import TEXT_FUNCTIONS

LINE = "__line__"
TIMESTAMP = "__timestamp__"

FUNCTIONS: dict[str, Function] = {function.name: function for function in (*BUILTINS, *TEXT_FUNCTIONS, *NUMBER_FUNCTIONS)}
INTERPRETED = {
    "and": "the first empty value, else the last",
    "or": "the first value that is not empty, else the last",
    LINE: "the log line",
    TIMESTAMP: "the time of the line",
}
FUNCTION_NAMES = frozenset({*FUNCTIONS, *INTERPRETED})
