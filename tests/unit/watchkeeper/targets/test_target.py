"""Every target offers what the rooms above it ask for; the type checker reads this file, too."""

from __future__ import annotations

from watchkeeper.targets.native.layout import paths_for
from watchkeeper.targets.native.stack import NativeTarget
from watchkeeper.targets.target import Runtime, Sabotage, Target


def test_the_native_target_can_be_asked_driven_and_broken() -> None:
    native = NativeTarget(paths=paths_for("s", environment={"WATCHKEEPER_STATE_DIR": "/absent"}, uid=1000))
    target: Target = native
    runtime: Runtime = native
    sabotage: Sabotage = native

    assert target.name == "native"
    assert runtime.applied() == {}
    assert target.status() == ()
    assert runtime.states() == {}
    assert callable(sabotage.pause)
