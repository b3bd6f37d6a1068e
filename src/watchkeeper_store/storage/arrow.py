"""Row batches handed to DuckDB through Arrow's C stream interface, without copying and without pyarrow (30 MB of memory).

The structures are those of the Arrow C data and stream interfaces. Every buffer stays referenced by the `ArrowRows` until it
is no longer registered: the query that reads it has to end before that.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from watchkeeper_store.model.field_codes import FIELD_PREFIX
from watchkeeper_store.model.rows import I32, FieldColumn, RowBatch, Texts, texts_of

_POINTER = ctypes.c_void_p


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


class _Stream(ctypes.Structure):
    pass


_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.POINTER(_Schema)),
    ("release", _POINTER),
    ("private_data", _POINTER),
]
_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(_POINTER)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.POINTER(_Array)),
    ("release", _POINTER),
    ("private_data", _POINTER),
]
_GET_SCHEMA = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.POINTER(_Schema))
_GET_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.POINTER(_Array))
_LAST_ERROR = ctypes.CFUNCTYPE(ctypes.c_char_p, _POINTER)
_RELEASE = ctypes.CFUNCTYPE(None, _POINTER)
_Stream._fields_ = [
    ("get_schema", _GET_SCHEMA),
    ("get_next", _GET_NEXT),
    ("get_last_error", _LAST_ERROR),
    ("release", _POINTER),
    ("private_data", _POINTER),
]
_NULLABLE = 2
_EIO = 5
_STREAM_NAME = b"arrow_array_stream"


def _release_schema(address: int) -> None:
    _Schema.from_address(address).release = None


def _release_array(address: int) -> None:
    _Array.from_address(address).release = None


def _release_stream(address: int) -> None:
    _Stream.from_address(address).release = None


# the callbacks live as long as the process: DuckDB may call them from any of its threads
_RELEASES: dict[str, Any] = {
    "schema": _RELEASE(_release_schema),
    "array": _RELEASE(_release_array),
    "stream": _RELEASE(_release_stream),
}
_new_capsule: Callable[..., Any] = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object  # type: ignore[attr-defined]  # a ctypes function, which the stub of pythonapi hides
_new_capsule.argtypes = [_POINTER, ctypes.c_char_p, _POINTER]  # type: ignore[attr-defined]  # as above


def _address(callback: Any) -> int | None:
    return ctypes.cast(callback, _POINTER).value


_NO_VALUES = texts_of([b""])


class ArrowRows:
    """Batches as one Arrow stream of (stream, ts, line, level, metadata, seq); every scan starts from the first batch.

    ``seq`` numbers the rows from 0 in the order given. ``fields`` are further columns, named after the key with
    `FIELD_PREFIX`; a row that is open there is NULL.
    """

    def __init__(self, batches: Sequence[RowBatch], level_names: Sequence[str], fields: Sequence[str] = ()) -> None:
        self._batches = [batch for batch in batches if len(batch)]
        self._fields = tuple(fields)
        self._levels = texts_of([name.encode() for name in level_names])
        self._values: dict[int, tuple[Sequence[bytes], Texts]] = {}
        self._kept: list[Any] = []

    @contextmanager
    def registered(self, cursor: Any, name: str) -> Iterator[None]:
        """Make the rows a view of a DuckDB cursor for a while; afterwards nothing of them is held any more.

        Without the end, the callbacks and what they refer to would keep each other, and all rows, until the garbage
        collector looks at its oldest generation.
        """
        cursor.register(name, self)
        try:
            yield
        finally:
            cursor.unregister(name)
            self._kept.clear()
            self._batches.clear()
            self._values.clear()

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """The capsule that Arrow's Python protocol asks for."""
        remaining = iter(self._batches)
        handed_over = 0
        failure = ctypes.create_string_buffer(b"cannot hand rows over")

        def get_schema(_: int, out: Any) -> int:
            self._fill_schema(out.contents)
            return 0

        def get_next(_: int, out: Any) -> int:
            nonlocal handed_over
            batch = next(remaining, None)
            if batch is None:
                out.contents.release = None
                return 0
            try:
                self._fill_batch(out.contents, batch, handed_over)
                handed_over += len(batch)
            except Exception:  # noqa: BLE001  an exception must not cross into C: the number tells DuckDB
                return _EIO
            return 0

        stream = _Stream()
        stream.get_schema, stream.get_next = _GET_SCHEMA(get_schema), _GET_NEXT(get_next)
        stream.get_last_error = _LAST_ERROR(lambda _: ctypes.addressof(failure))
        stream.release = _address(_RELEASES["stream"])
        self._kept += [stream, failure]
        return _new_capsule(ctypes.addressof(stream), _STREAM_NAME, None)

    def _field(self, name: bytes, layout: bytes, dictionary: _Schema | None = None) -> _Schema:
        field = _Schema(format=layout, name=name, flags=_NULLABLE, release=_address(_RELEASES["schema"]))
        if dictionary is not None:
            field.dictionary = ctypes.pointer(dictionary)
        self._kept.append(field)
        return field

    def _fill_schema(self, out: _Schema) -> None:
        columns = [
            self._field(b"stream", b"l"),
            self._field(b"ts", b"l"),
            self._field(b"line", b"vu"),
            self._field(b"level", b"i", self._field(b"", b"vu")),
            self._field(b"metadata", b"vu"),
            self._field(b"seq", b"l"),
            *(self._field((FIELD_PREFIX + key).encode(), b"i", self._field(b"", b"vu")) for key in self._fields),
        ]
        children = (ctypes.POINTER(_Schema) * len(columns))(*(ctypes.pointer(column) for column in columns))
        self._kept.append(children)
        out.format, out.name, out.metadata, out.flags = b"+s", b"", None, 0
        out.n_children, out.children = len(columns), children
        out.dictionary, out.release, out.private_data = None, _address(_RELEASES["schema"]), None

    def _array(self, length: int, buffers: Sequence[Any], *, nulls: int = 0) -> _Array:
        pointers = (_POINTER * len(buffers))(*(None if b is None else b.ctypes.data for b in buffers))
        array = _Array(length=length, null_count=nulls, offset=0, n_buffers=len(buffers), n_children=0)
        array.buffers, array.release = pointers, _address(_RELEASES["array"])
        self._kept += [array, pointers, list(buffers)]
        return array

    def _texts(self, texts: Texts, *, empty_is_null: bool = False) -> _Array:
        views = np.ascontiguousarray(texts.views)
        sizes = np.array([len(buffer) for buffer in texts.buffers], dtype=np.int64)
        valid, nulls = None, 0
        if empty_is_null:
            present = views[:, 0] > 0
            valid, nulls = np.packbits(present, bitorder="little"), len(views) - int(np.count_nonzero(present))
        return self._array(len(views), [valid, views, *texts.buffers, sizes], nulls=nulls)

    def _coded(self, codes: I32, dictionary: Texts) -> _Array:
        """Codes into a dictionary; negative ones are NULL."""
        known = codes >= 0
        buffers = [np.packbits(known, bitorder="little"), np.maximum(codes, 0).astype(np.int32)]
        array = self._array(len(codes), buffers, nulls=len(codes) - int(np.count_nonzero(known)))
        array.dictionary = ctypes.pointer(self._texts(dictionary))
        return array

    def _field_column(self, column: FieldColumn | None, rows: int) -> _Array:
        if column is None:
            return self._coded(np.full(rows, -1, dtype=np.int32), _NO_VALUES)
        known = self._values.get(id(column.values))
        if known is None:
            known = self._values[id(column.values)] = (column.values, texts_of(list(column.values)))
        return self._coded(column.codes, known[1])

    def _fill_batch(self, out: _Array, batch: RowBatch, first: int) -> None:
        rows = len(batch)
        level = self._coded(batch.levels, self._levels)
        if batch.metadata is not None:
            metadata = self._texts(batch.metadata, empty_is_null=True)
        else:
            nothing = Texts(views=np.zeros((rows, 4), dtype=np.int32), buffers=())
            metadata = self._texts(nothing, empty_is_null=True)
        columns = [
            self._array(rows, [None, np.ascontiguousarray(batch.streams)]),
            self._array(rows, [None, np.ascontiguousarray(batch.timestamps_ns)]),
            self._texts(batch.lines),
            level,
            metadata,
            self._array(rows, [None, np.arange(first, first + rows, dtype=np.int64)]),
            *(self._field_column(batch.fields.get(key), rows) for key in self._fields),
        ]
        children = (ctypes.POINTER(_Array) * len(columns))(*(ctypes.pointer(column) for column in columns))
        nothing_null = (_POINTER * 1)(None)
        self._kept += [children, nothing_null]
        out.length, out.null_count, out.offset, out.n_buffers, out.n_children = rows, 0, 0, 1, len(columns)
        out.buffers, out.children, out.dictionary = nothing_null, children, None
        out.release, out.private_data = _address(_RELEASES["array"]), None
