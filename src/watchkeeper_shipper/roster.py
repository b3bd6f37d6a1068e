"""Which files are followed now, under which inode and path, and which are left alone as copies of them."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

from watchkeeper_shipper.batch import Labels, with_label
from watchkeeper_shipper.discover import as_text, possible_originals, stem
from watchkeeper_shipper.identity import Inode, fingerprint
from watchkeeper_shipper.metrics import FileLag
from watchkeeper_shipper.positions import FileMark, FilePosition, Positions
from watchkeeper_shipper.rotation import Glimpse, begins_like, glimpse
from watchkeeper_shipper.settings import MAX_LABEL_VALUE_BYTES, FileSource
from watchkeeper_shipper.tail import Origin, Tail

_MAX_OPEN = 256


@dataclass(frozen=True, slots=True)
class _Copy:
    path: str
    original: Inode


class Roster:
    """All tails of one process and their positions. Used by the reading loop alone, but for `lags`."""

    def __init__(self, positions: Positions) -> None:
        self.tails: dict[Inode, Tail] = {}
        self._positions = positions
        self._by_path: dict[str, Tail] = {}
        self._copies: dict[Inode, _Copy] = {}
        self._labels: dict[str, Labels] = {}
        self._open: set[str] = set()
        self._numbers = itertools.count(1)

    @property
    def open_files(self) -> int:
        """How many descriptors are held."""
        return len(self._open)

    @property
    def crowded(self) -> bool:
        """Whether files with nothing to read should give their descriptors back."""
        return len(self._open) > _MAX_OPEN

    def labels(self, tail: Tail) -> Labels:
        """The labels of the tail's lines."""
        return self._labels[tail.key]

    def follow(self, origin: Origin, found: Glimpse, mark: FileMark, *, moved: bool = False) -> bool:
        """Follow ``found`` from ``mark`` on; a ``moved`` one is read to its end and then dropped.

        False where it was replaced since the glimpse: the next scan sees what is there now. Raises OSError.
        """
        stale = self.tails.get(found.inode)
        if stale is not None:  # its inode was given to another file
            self._positions.forget(stale.key)
            self.drop(stale)
        self._copies.pop(found.inode, None)
        tail = Tail(str(next(self._numbers)), origin, found.inode, mark)
        if not self.open(tail, found.path):
            return False
        tail.size_bytes, tail.modified_ns = found.size_bytes, found.modified_ns
        self.tails[found.inode] = tail
        self._labels[tail.key] = _labels(origin)
        self._positions.register(tail.key, _position(origin.source, origin.path, found, mark))
        if moved:
            tail.moved = True
            tail.grown_at_s = time.monotonic()
        else:
            self._by_path[origin.path] = tail
            if found.size_bytes == mark.offset or self.crowded:
                self.close(tail)
        return True

    def open(self, tail: Tail, path: str) -> bool:
        """Hold the tail's file open, if ``path`` still is it. Raises OSError."""
        if not tail.open(path):
            return False
        self._open.add(tail.key)
        return True

    def close(self, tail: Tail) -> None:
        """Give the tail's descriptor back."""
        tail.close()
        self._open.discard(tail.key)

    def detach(self, tail: Tail, now_s: float) -> None:
        """The tail's path is no longer its own; from now on only its descriptor counts."""
        tail.moved = True
        tail.grown_at_s = now_s  # its writer may go on for a while before it opens the new file
        if self._by_path.get(tail.origin.path) is tail:
            del self._by_path[tail.origin.path]

    def drop(self, tail: Tail) -> None:
        """Follow the tail no longer. Its position is the caller's matter."""
        self.close(tail)
        del self.tails[tail.inode], self._labels[tail.key]
        if self._by_path.get(tail.origin.path) is tail:
            del self._by_path[tail.origin.path]
        for inode, copy in list(self._copies.items()):
            if copy.original == tail.inode:  # all that it holds was read from its original
                del self._copies[inode]
                self._adopt_as_read(tail.origin.source, copy.path)

    def _adopt_as_read(self, source: FileSource, path: str) -> None:
        try:
            found = glimpse(path)
        except OSError:
            return  # gone: nothing to remember
        mark = FileMark(offset=found.size_bytes, fingerprint=fingerprint(found.head), last_ns=0)
        self._positions.adopt(_position(source, path, found, mark))

    def follows(self, tail: Tail) -> bool:
        """Whether the tail was not dropped."""
        return self.tails.get(tail.inode) is tail

    def has(self, path: str, inode: Inode) -> bool:
        """Whether the file at ``path`` needs no further look: it is followed, or left alone as a copy."""
        if inode in self.tails:
            return True
        copy = self._copies.get(inode)
        return copy is not None and copy.path == path

    def await_move(self, path: str) -> bool:
        """Whether another file was followed at ``path`` until now; its end is then looked at before its successor."""
        holder = self._by_path.get(path)
        if holder is None:
            return False
        holder.due_at_s = 0.0
        return True

    def is_known(self, found: Glimpse) -> bool:
        """Whether the file was read before; one that merely got a known file's inode was not."""
        tail = self.tails.get(found.inode)
        if tail is not None:
            return tail.fingerprint.fits(found.head)
        return self._positions.knows(found.inode, found.head)

    def set_aside_copy(self, found: Glimpse) -> bool:
        """Whether ``found`` is a copy of a followed file, complete or still being made; it is then left alone.

        Should its original be cut before it was read to its end, reading goes on in the copy.
        """
        folder, _, name = found.path.rpartition("/")
        for original in possible_originals(name):
            tail = self._by_path.get(f"{folder}/{original}")
            if tail is None or tail.inode == found.inode or not found.head:
                continue
            cut_already = tail.fingerprint.size_bytes > 0 and tail.fingerprint.fits(found.head) and tail.has_another_beginning()
            if cut_already or begins_like(tail.origin.path, found):
                self._copies[found.inode] = _Copy(found.path, tail.inode)
                return True
        return False

    def lags(self) -> list[FileLag]:
        """How far each file is behind. May be called from any thread."""
        now_s = time.monotonic()
        lags = []
        for tail in list(self.tails.values()):
            since_s = tail.behind_since_s
            try:
                delivered = self._positions.delivered(tail.key).offset
            except KeyError:
                continue  # ended a moment ago
            lag_bytes = max(0, tail.size_bytes - delivered)
            lag_s = now_s - since_s if since_s is not None and lag_bytes else 0.0
            lags.append(FileLag(path=as_text(tail.origin.path), lag_bytes=lag_bytes, lag_s=lag_s))
        return lags


def _labels(origin: Origin) -> Labels:
    labels: Labels = tuple(sorted(origin.source.labels.items()))
    if origin.source.label_from_stem:
        labels = with_label(labels, origin.source.label_from_stem, _label_value(stem(origin.path)))
    if origin.source.label_from_path:
        labels = with_label(labels, origin.source.label_from_path, _label_value(origin.path))
    return labels


def _label_value(path: str) -> str:
    return as_text(path).encode()[:MAX_LABEL_VALUE_BYTES].decode("utf-8", "ignore")


def _position(source: FileSource, path: str, found: Glimpse, mark: FileMark) -> FilePosition:
    return FilePosition(
        source=source.name, path=path, inode=found.inode, mark=mark, size_bytes=found.size_bytes, seen_s=int(time.time())
    )
