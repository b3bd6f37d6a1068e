"""Every kind of mistake a user can make, in one table: the words machines rely on, and what the documentation prints.

A kind is added here first; ``Document.mistake`` refuses any other word. Kinds are never renamed, since people grep for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_YAML = {
    "bad-syntax": "The text is not YAML.",
    "tab-indentation": "A tab stands where YAML allows only spaces.",
    "duplicate-key": "One mapping holds the same key twice.",
    "key-not-text": "A key is a number, a list or another value that is not text.",
    "merge-key": "A YAML merge key (<<) is used; every value has exactly one place in a description.",
    "unknown-tag": "A YAML tag asks for a type that a description does not have.",
    "several-documents": "The file holds more than one YAML document.",
    "too-large": "The file nests too deeply or expands to too many values.",
}

_VALUES = {
    "unknown-key": "A key that nothing reads.",
    "unknown-value": "A value outside the short list of possible ones.",
    "unknown-preset": "A preset that does not exist.",
    "missing-key": "A key that must be written is not.",
    "conflicting-keys": "Two keys that say the same thing, or exclude each other.",
    "wrong-type": "A value of the wrong type: text where a number belongs, and so on.",
    "out-of-range": "A number or a list that is too small or too large.",
    "bad-duration": "Text that is not a duration such as 30s, 1h30m or 30d.",
    "bad-size": "Text that is not a size such as 400MB or 1GiB.",
    "bad-name": "A name with characters that do not work everywhere it is used.",
    "bad-label": "A label name that Prometheus refuses or keeps for itself.",
    "bad-selector": 'Text that is not a selector such as {job="shop", level=~"warn|error"}.',
    "bad-regex": "A regular expression that RE2 does not accept.",
    "bad-url": "Text that is not an http or https address.",
    "bad-address": "Text that is not host:port, or not an e-mail address where one belongs.",
    "bad-time": "Text that is not a time of day, a point in time or a time zone.",
    "bad-path": "A file path or a pattern of paths that cannot be used.",
    "duplicate-name": "Two things of one list have the same name.",
    "unknown-receiver": "A route leads to a receiver that is not defined.",
    "unknown-times": "A route names times that are not defined.",
    "secret-in-file": "A password, token or key stands in the description itself.",
}

_PLAN = {
    "unknown-component": "A component that is not in the catalogue.",
    "missing-need": "A component needs another one that is switched off or not part of the preset.",
    "cyclic-need": "Components need each other in a circle.",
    "unknown-port-name": "A port is set for a workload or an endpoint that the plan does not have.",
    "port-taken-twice": "Two endpoints are to listen on the same port.",
    "budget-exceeded": "The components together need more than the budget allows.",
    "unknown-secret": "A source is given for a secret that nothing asks for.",
    "unsupported-by-target": "The target cannot do what the description asks for.",
}

_MACHINE = {
    "unreadable-description": "The description file cannot be read.",
    "unreadable-secret": "The file or the environment variable of a secret is missing, unreadable or empty.",
    "port-in-use": "Another program of this machine listens on the port.",
}

_ARGUMENTS = {
    "description-exists": "A new description would replace one that is there.",
    "unknown-environment": "An environment that neither the description nor a file beside it defines.",
    "unknown-incident": "An incident that the mocks do not know.",
}

FOUND_HERE: Mapping[str, str] = MappingProxyType(_YAML | _VALUES)
"""The kinds that the file alone shows."""
FOUND_BY_PLAN: Mapping[str, str] = MappingProxyType(_PLAN)
"""The kinds that take the catalogue to see."""
FOUND_ON_THE_MACHINE: Mapping[str, str] = MappingProxyType(_MACHINE)
"""The kinds that only the command line can see, which asks the machine."""

FOUND_IN_ARGUMENTS: Mapping[str, str] = MappingProxyType(_ARGUMENTS)
"""The kinds that are in what a command was told, not in the description."""

KINDS: Mapping[str, str] = MappingProxyType(_YAML | _VALUES | _PLAN | _MACHINE | _ARGUMENTS)
"""Every kind → what it means."""
