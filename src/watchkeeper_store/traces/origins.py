"""Where spans came from: resource and scope. Few different ones occur, so their attributes are held once, not for each span."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from watchkeeper_store.traces.columns import Key, Rows, Value
from watchkeeper_store.traces.plain import SCOPE_NAME, SCOPE_VERSION, plain_values

OF_ORIGINS = frozenset({"resource", "instrumentation"})
NO_SERVICE = "unknown_service"


class Origins:
    """Numbers origins from 0. For use with the generation's lock held."""

    def __init__(self, key: Callable[[Key], int], code: Callable[[Value], int]) -> None:
        self._key = key
        self._code = code
        self._numbers: dict[tuple[bytes, bytes], int] = {}
        self._services: list[int] = []
        self._pairs: dict[int, tuple[list[int], list[int]]] = {}
        """Key → (origins, codes); an origin with several values occurs several times, one after the other."""

    def of(self, request: Any) -> Rows:
        """The origin of each span of a ``shallow.Request``."""
        numbers: list[int] = []
        sizes: list[int] = []
        for resource_spans in request.resource_spans:
            resource = resource_spans.resource
            for scope_spans in resource_spans.scope_spans:
                scope = scope_spans.scope
                number = self._numbers.get((resource, scope))
                if number is None:
                    number = self._numbers[resource, scope] = len(self._services)
                    self._describe(number, Resource.FromString(resource), InstrumentationScope.FromString(scope))
                numbers.append(number)
                sizes.append(len(scope_spans.spans))
        return np.repeat(np.array(numbers, np.int32), sizes)

    def services(self) -> Rows:
        """The code of each origin's service."""
        return np.array(self._services, np.int32)

    def expanded(self, key: int, origin: Rows) -> tuple[Rows, Rows]:
        """(rows, codes) of one attribute for spans of which ``origin`` tells where they came from."""
        origins, codes = (np.array(one, np.int32) for one in self._pairs.get(key, ((), ())))
        rows: list[NDArray[Any]] = []
        found: list[NDArray[Any]] = []
        while len(origins):
            # One value of each origin at a time: the first, then the second of those that have one.
            firsts = np.flatnonzero(np.diff(origins, prepend=-1))
            code_of = np.full(len(self._services), -1, np.int32)
            code_of[origins[firsts]] = codes[firsts]
            held = code_of[origin]
            rows.append(np.flatnonzero(held >= 0).astype(np.int32))
            found.append(held[rows[-1]])
            origins, codes = np.delete(origins, firsts), np.delete(codes, firsts)
        if len(rows) == 1:
            return rows[0], found[0]
        if not rows:
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        at, values = np.concatenate(rows), np.concatenate(found)
        order = np.argsort(at, kind="stable")
        return at[order], values[order]

    def _describe(self, number: int, resource: Resource, scope: InstrumentationScope) -> None:
        shared = _values(resource.attributes)
        self._services.append(self._code(str(next((value for name, value in shared if name == "service.name"), NO_SERVICE))))
        own = [(SCOPE_NAME, scope.name), (SCOPE_VERSION, scope.version), *_values(scope.attributes)]
        for place, pairs in (("resource", shared), ("instrumentation", own)):
            for name, value in pairs:
                origins, codes = self._pairs.setdefault(self._key((place, name)), ([], []))
                origins.append(number)
                codes.append(self._code(value))


def _values(attributes: Sequence[KeyValue]) -> list[tuple[str, Value]]:
    return [(pair.key, value) for pair in attributes for value in plain_values(pair.value)]
