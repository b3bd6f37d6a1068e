"""Start order: who must be ready before whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class CyclicNeed(Exception):
    """Workloads need each other in a circle; ``path`` starts and ends with the same name."""

    def __init__(self, path: Sequence[str]) -> None:
        self.path = tuple(path)
        super().__init__(f"cannot order: {' → '.join(path)}")


def waves(needs: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Group names so that each wave needs only earlier waves; sorted inside a wave.

    ``needs`` maps every name to the names it needs; needed names that are not keys are ignored. Raises CyclicNeed.
    """
    left = {name: {need for need in wanted if need in needs} for name, wanted in needs.items()}
    done: list[tuple[str, ...]] = []
    while left:
        wave = tuple(sorted(name for name, wanted in left.items() if not wanted))
        if not wave:
            raise CyclicNeed(_circle(left))
        done.append(wave)
        left = {name: wanted.difference(wave) for name, wanted in left.items() if name not in wave}
    return tuple(done)


def _circle(left: Mapping[str, set[str]]) -> list[str]:
    path = [min(left)]
    while True:
        following = min(left[path[-1]])
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
