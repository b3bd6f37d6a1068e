"""What the plan promises that Prometheus and Alertmanager will do, read from the very configuration rendered for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from watchkeeper.catalogue.alertmanager.config import FILE
from watchkeeper.plan.model import Plan


def scrape_jobs(plan: Plan) -> dict[str, int]:
    """Job name → number of its targets."""
    return {job["job_name"]: sum(len(group["targets"]) for group in job["static_configs"]) for job in _scrape_configs(plan)}


def mock_jobs(plan: Plan) -> tuple[str, ...]:
    """Jobs whose series are made up, sorted."""
    return tuple(
        sorted(
            job["job_name"]
            for job in _scrape_configs(plan)
            if any(group.get("labels", {}).get("source") == "mock" for group in job["static_configs"])
        )
    )


def recording_rules(plan: Plan) -> tuple[str, ...]:
    """Names of every recording rule, sorted."""
    return tuple(sorted({rule["record"] for rule in _rules(plan) if "record" in rule}))


def alerting_rules(plan: Plan) -> tuple[str, ...]:
    """Names of every alerting rule, sorted."""
    return tuple(sorted({rule["alert"] for rule in _rules(plan) if "alert" in rule}))


def alertmanager_configuration(plan: Plan) -> Mapping[str, Any]:
    """What Alertmanager was given, before the addresses were filled in."""
    content = next(file.content for file in plan.workload("alertmanager").files if file.name == FILE)
    if not isinstance(content, Mapping):
        raise TypeError(f"{FILE} is no mapping")
    return content


def _scrape_configs(plan: Plan) -> list[Mapping[str, Any]]:
    content: Any = _contents(plan)["prometheus.yml"]
    return list(content["scrape_configs"])


def _rules(plan: Plan) -> Iterator[Mapping[str, Any]]:
    for name, content in _contents(plan).items():
        if name.startswith("rules/"):
            for group in content["groups"]:
                yield from group["rules"]


def _contents(plan: Plan) -> dict[str, Any]:
    return {file.name: file.content for file in plan.workload("prometheus").files}
