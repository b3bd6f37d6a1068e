"""From the description's models to the words that recipes speak. Paths become absolute; secrets become named secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from watchkeeper.catalogue.scene import Basics, ProbeOffer, ScrapeOffer
from watchkeeper.plan.routing import routing_of
from watchkeeper.spec.description import Description
from watchkeeper.spec.quantities import format_duration
from watchkeeper.spec.sources import HttpCheck, Job, LogFiles
from watchkeeper.workload.reference import HostPath, SecretPath, Structure
from watchkeeper.workload.workload import Secret

EVALUATION_INTERVAL_S = 15
"""At most this, so that a rule is judged soon after a scrape; a shorter scrape interval shortens it."""


def basics_of(description: Description, folder: Path, components: Iterable[str]) -> Basics:
    """What holds for all components. Relative paths are taken from ``folder``, where the description lies."""
    secrets: dict[str, Secret] = {}
    scrape, retention = description.scrape, description.retention
    return Basics(
        name=description.name,
        releases=description.releases,
        folder=folder,
        components=frozenset(components),
        scrape_interval_s=scrape.interval,
        scrape_timeout_s=scrape.timeout,
        evaluation_interval_s=min(EVALUATION_INTERVAL_S, scrape.interval),
        metrics_retention_s=retention.metrics,
        metrics_retention_bytes=retention.metrics_size or 0,
        logs_retention_s=retention.logs,
        logs_retention_bytes=retention.logs_size or 0,
        scrape_jobs=tuple(_scrape(job, folder, secrets) for job in scrape.jobs),
        probes=tuple(_probe(check) for check in description.probes.http),
        routing=routing_of(description.routes, folder, secrets),
        log_files=tuple(_log_files(files) for files in description.logs.files),
        journal=description.logs.journal,
        system_log_files=description.logs.system_files,
        admin_user=description.sign_in.user,
        session_idle_s=description.sign_in.idle_timeout,
        session_absolute_s=description.sign_in.absolute_timeout,
        secrets=tuple(secrets.values()),
    )


def _file_secret(secrets: dict[str, Secret], name: str, purpose: str, file: str, folder: Path) -> SecretPath:
    secrets[name] = Secret(name=name, purpose=purpose, file=str(folder / file))
    return SecretPath(secret=name)


def _scrape(job: Job, folder: Path, secrets: dict[str, Secret]) -> ScrapeOffer:
    scheme, targets, path = job.address
    sign_in: dict[str, Structure] = {}
    if job.basic_auth:
        purpose = f"signs Prometheus in to the job {job.name}"
        password = _file_secret(secrets, f"scrape-{job.name}-password", purpose, job.basic_auth.password_file, folder)
        sign_in["basic_auth"] = {"username": job.basic_auth.user, "password_file": password}
    if job.bearer_token_file:
        purpose = f"signs Prometheus in to the job {job.name}"
        token = _file_secret(secrets, f"scrape-{job.name}-token", purpose, job.bearer_token_file, folder)
        sign_in["authorization"] = {"type": "Bearer", "credentials_file": token}
    return ScrapeOffer(
        job=job.name,
        targets=targets,
        path=path,
        scheme=scheme,
        interval_s=job.interval,
        timeout_s=job.timeout,
        labels=job.labels,
        sign_in=sign_in,
    )


def _probe(check: HttpCheck) -> ProbeOffer:
    settings: dict[str, Structure] = {"preferred_ip_protocol": "ip4"}
    if check.status:
        settings["valid_status_codes"] = list(check.status)
    if check.contains:
        settings["fail_if_body_not_matches_regexp"] = [check.contains]
    return ProbeOffer(
        name=check.name,
        target=check.url,
        module=f"http-{check.name}",
        settings={"prober": "http", "timeout": format_duration(check.timeout), "http": settings},
        interval_s=check.interval,
        labels=check.labels,
    )


def _log_files(files: LogFiles) -> Mapping[str, Structure]:
    source: dict[str, Structure] = {
        "kind": "files",
        "paths": [HostPath(path=path) for path in files.paths],
        "labels": dict(files.labels),
    }
    if files.exclude:
        source["exclude"] = [HostPath(path=path) for path in files.exclude]
    if files.multiline:
        source["multiline"] = {
            "first_line": files.multiline.first_line,
            "max_lines": files.multiline.max_lines,
            "max_wait": format_duration(files.multiline.max_wait),
        }
    return source
