"""Asks every component's ready probe itself: what the supervisor or the warden believes is not evidence."""

from __future__ import annotations

from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.health import unhealthy
from watchkeeper.verify.saboteur import frozen
from watchkeeper.verify.stage import Stage


async def check(stage: Stage) -> Verdict:
    """All at once, each within its own timeout."""
    wrong = await unhealthy(stage)
    count = len(stage.plan.workloads)
    if wrong:
        return failed(
            f"{len(wrong)} of {count} components are not healthy", *(f"{name}: {said}" for name, said in wrong.items())
        )
    return passed(f"{count} components answer their health checks")


CLAIM = Claim(
    name="every_component_is_healthy",
    sentence="Every component answers its health check",
    requirements=("A5", "C1", "X7"),
    bound="each within its probe's timeout (2 s)",
    check=check,
    breakage=frozen("prometheus"),
    broken_by="prometheus is frozen with SIGSTOP",
    components=("prometheus",),
)
