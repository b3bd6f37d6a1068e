"""Nothing behind the console's sign-in can be had without signing in, and with the right password it can."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.rogue import open_door
from watchkeeper.verify.stage import Stage

PATHS = (
    "/api/prometheus/api/v1/query?query=up",
    "/api/logs/loki/api/v1/labels",
    "/api/alertmanager/api/v2/alerts",
)


async def check(stage: Stage) -> Verdict:
    """The signed request is what tells "refused" from "broken"."""
    wrong: list[str] = []
    for path in PATHS:
        url = stage.console_url + path
        for who, sign_in in (("unsigned", None), ("with a wrong password", (stage.admin_user, "wrong-" + stage.run_id))):
            response = await stage.asker.request("GET", url, auth=sign_in)
            if response.status_code != 401:
                wrong.append(f"{path} {who}: {response.status_code}")
    if wrong:
        return failed(f"{len(wrong)} requests were let in", *wrong)
    page = await stage.asker.request("GET", stage.console_url + "/", headers={"Accept": "text/html"})
    if page.status_code not in {302, 303, 307} or "/login" not in page.headers.get("location", ""):
        return failed(f"the first page does not lead to the sign-in: {page.status_code}")
    password = stage.secrets.get("console-admin-password")
    if password is None:
        return inconclusive("the administrator's password is not known here")
    signed = await stage.asker.request("GET", stage.console_url + PATHS[0], auth=(stage.admin_user, password.value))
    if signed.status_code != 200:
        return failed(f"the right password is refused: {signed.status_code}: {signed.text[:100]}")
    return passed(f"{len(PATHS)} APIs answer 401 without a sign-in, and 200 with it")


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    """What a proxy with a forgotten sign-in would look like from outside."""
    stage.sabotage.stop("console")
    try:
        async with open_door("127.0.0.1", stage.plan.ports["console", "http"]):
            yield stage
    finally:
        stage.sabotage.start("console")


CLAIM = Claim(
    name="unsigned_requests_get_401",
    sentence="Unsigned requests are refused with 401",
    requirements=("A3", "D7"),
    bound="every API path and the first page",
    check=check,
    breakage=breakage,
    broken_by="something that answers everybody stands in the console's place",
    components=("console",),
)
