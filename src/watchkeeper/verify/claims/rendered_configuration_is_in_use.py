"""What was rendered is what runs: a program that refused its new configuration goes on with the old one, silently."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.expected import alerting_rules, recording_rules, scrape_jobs
from watchkeeper.verify.stage import Stage

RELOADED = {
    "prometheus": "prometheus_config_last_reload_successful",
    "alertmanager": "alertmanager_config_last_reload_successful",
}


async def _refused(stage: Stage) -> list[str]:
    """Programs that say themselves that their last reload failed, or say nothing."""
    lines = []
    for workload, metric in RELOADED.items():
        response = await stage.asker.request("GET", stage.url(workload, "/metrics"))
        values = [line.split()[-1] for line in response.text.splitlines() if line.startswith(f"{metric} ")]
        if values != ["1"]:
            lines.append(f"{workload}: {metric} is {values[0] if values else 'missing'}")
    return lines


async def _missing(stage: Stage) -> list[str]:
    """Rules and jobs of the plan that Prometheus does not know."""
    rules = {rule.name for rule in await stage.prometheus.rules()}
    jobs = {target.job for target in await stage.prometheus.targets()}
    planned = {*alerting_rules(stage.plan), *recording_rules(stage.plan)}
    return [f"rule {name} is not loaded" for name in sorted(planned - rules)] + [
        f"job {name} is not scraped" for name in sorted(set(scrape_jobs(stage.plan)) - jobs)
    ]


async def check(stage: Stage) -> Verdict:
    """Asks the programs themselves, not what was scraped from them a while ago."""

    async def wrong() -> list[str]:
        return [*await _refused(stage), *await _missing(stage)]

    waited = await until(wrong, lambda lines: not lines, within_s=10)
    if waited.value:
        return failed("not everything that was rendered is in use", *waited.value)
    rules = len(alerting_rules(stage.plan)) + len(recording_rules(stage.plan))
    return passed(f"{rules} rules and {len(scrape_jobs(stage.plan))} jobs of the plan are loaded")


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    """A rule file with a mistake, and a reload, as after a hasty edit."""
    rules = [path for path in stage.grounds.rendered_files() if path.parent.name == "rules"]
    whole = rules[0].read_bytes()
    rules[0].write_bytes(whole + b"\n  - not a rule")
    stage.sabotage.kill("prometheus", "HUP")
    try:
        await until(lambda: _refused(stage), bool, within_s=5)
        yield stage
    finally:
        rules[0].write_bytes(whole)
        stage.sabotage.kill("prometheus", "HUP")


CLAIM = Claim(
    name="rendered_configuration_is_in_use",
    sentence="The rendered configuration is the one in use",
    requirements=("A1", "E7"),
    bound="every rule and every job of the plan",
    check=check,
    breakage=breakage,
    broken_by="a rule file is spoilt and reloaded",
    components=("prometheus", "alertmanager"),
)
