"""Which label sets a tenant has, and their numbers: these follow from the labels, so they need no file of their own."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable

from watchkeeper_wire.loki_labels import LabelPairs, labels_text


class StreamRegistry:
    """Numbers of one tenant's streams; safe for use from several threads."""

    def __init__(self) -> None:
        self._labels: dict[int, LabelPairs] = {}
        self._numbers: dict[LabelPairs, int] = {}
        self._asked: set[int] = set()
        self._values: dict[str, list[str]] = {}
        """What `values` found, until streams come or go."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._labels)

    def number(self, labels: LabelPairs) -> int:
        """The number of a label set (sorted by name): 63 bits of its hash; the next free one where two sets collide."""
        known = self._numbers.get(labels)
        if known is not None:
            self._asked.add(known)
            return known
        with self._lock:
            number = int.from_bytes(hashlib.blake2b(labels_text(labels).encode(), digest_size=8).digest(), "little") >> 1
            while self._labels.get(number, labels) != labels:
                number = (number + 1) & (1 << 63) - 1
            self._labels[number] = labels
            self._numbers[labels] = number
            self._values.clear()
            self._asked.add(number)
            return number

    def learn(self, number: int, labels: LabelPairs) -> None:
        """Take over a number that a segment on disk uses."""
        with self._lock:
            if number not in self._labels:
                self._values.clear()
            self._labels[number] = labels
            self._numbers[labels] = number

    def labels(self, number: int) -> LabelPairs:
        return self._labels[number]

    def knows(self, labels: LabelPairs) -> bool:
        return labels in self._numbers

    def items(self) -> list[tuple[int, LabelPairs]]:
        """All streams as they are at this moment."""
        with self._lock:
            return list(self._labels.items())

    def names(self) -> list[str]:
        """Label names of all streams, sorted."""
        with self._lock:
            return sorted({name for labels in self._labels.values() for name, _ in labels})

    def values(self, name: str) -> list[str]:
        """Values that a label has in all streams, sorted; not to be changed."""
        with self._lock:
            known = self._values.get(name)
            if known is None:
                known = sorted({value for labels in self._labels.values() for key, value in labels if key == name})
                if known:
                    self._values[name] = known
            return known

    def keep_only(self, numbers: Iterable[int]) -> None:
        """Forget the streams of which nothing is stored any more.

        Those whose number was asked for since the last time stay: their rows may be on the way.
        """
        with self._lock:
            asked, self._asked = self._asked, set()
            kept = set(numbers) | asked
            self._values.clear()
            for number in [number for number in self._labels if number not in kept]:
                self._numbers.pop(self._labels.pop(number), None)
