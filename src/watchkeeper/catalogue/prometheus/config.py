"""prometheus.yml from the scene."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchkeeper.catalogue.scene import ProbeOffer, Scene, ScrapeOffer
from watchkeeper.spec.quantities import format_duration
from watchkeeper.workload.reference import ConnectAddress, SecretPath, Structure
from watchkeeper.workload.workload import NetworkName


def configuration(scene: Scene) -> Structure:
    """The whole file, its rule files named one by one: a glob that matches nothing would pass every check."""
    basics = scene.basics
    content: dict[str, Structure] = {
        "global": {
            "scrape_interval": format_duration(basics.scrape_interval_s),
            "scrape_timeout": format_duration(basics.scrape_timeout_s),
            "evaluation_interval": format_duration(basics.evaluation_interval_s),
            "external_labels": {"stack": basics.name},
        },
        "rule_files": [f"rules/{rule.name}" for rule in scene.rules()],
        "scrape_configs": [*_jobs(scene.scrapes()), *_probe_jobs(scene.probes(), scene)],
    }
    if scene.has("alertmanager"):
        content["alerting"] = {
            "alertmanagers": [
                {
                    "static_configs": [{"targets": [ConnectAddress(workload="alertmanager", endpoint="http")]}],
                    "api_version": "v2",
                }
            ]
        }
    storage: dict[str, Structure] = {}
    if keeps_exemplars(scene):
        # room for all of them is taken at the start: the usual hundred thousand would cost megabytes
        storage["exemplars"] = {"max_exemplars": 10_000}
    if is_written_to(scene):
        # senders of OTLP repeat what was not acknowledged, and then it may be older than what came meanwhile
        storage["tsdb"] = {"out_of_order_time_window": "30m"}
    if storage:
        content["storage"] = storage
    return content


def is_written_to(scene: Scene) -> bool:
    """Whether anything in the stack sends metrics by itself: Tempo what it makes of spans, the store what applications send."""
    return scene.has("tempo") or scene.has("store")


def keeps_exemplars(scene: Scene) -> bool:
    """Whether anything in the stack makes metrics of spans."""
    return scene.has("tempo") or scene.has("store")


def _jobs(scrapes: Iterable[ScrapeOffer]) -> list[Structure]:
    """One for each name: what is scraped under the same name in the same way is one job of several targets."""
    jobs: list[dict[str, Structure]] = []
    for scrape in scrapes:
        job = _job(scrape)
        alike = next((one for one in jobs if {**one, "static_configs": ()} == {**job, "static_configs": ()}), None)
        if alike is None:
            jobs.append(job)
        else:
            alike["static_configs"] = [*_listed(alike["static_configs"]), *_listed(job["static_configs"])]
    return list(jobs)


def _listed(structure: Structure) -> tuple[Structure, ...]:
    return tuple(structure) if isinstance(structure, list | tuple) else (structure,)


def _job(scrape: ScrapeOffer) -> dict[str, Structure]:
    own: list[Structure] = [ConnectAddress(workload=scrape.workload, endpoint=scrape.endpoint)] if scrape.workload else []
    labels = {**({"component": scrape.workload} if scrape.workload else {}), **scrape.labels}
    job: dict[str, Structure] = {"job_name": scrape.job}
    if scrape.interval_s is not None:
        job["scrape_interval"] = format_duration(scrape.interval_s)
        # a timeout longer than the interval is refused by Prometheus
        job["scrape_timeout"] = format_duration(min(scrape.timeout_s or 10, scrape.interval_s))
    elif scrape.timeout_s is not None:
        job["scrape_timeout"] = format_duration(scrape.timeout_s)
    if scrape.path != "/metrics":
        job["metrics_path"] = scrape.path
    if scrape.scheme != "http":
        job["scheme"] = scrape.scheme
    job |= scrape.sign_in
    job["static_configs"] = [{"targets": [*own, *scrape.targets], **({"labels": labels} if labels else {})}]
    return job


def networks_of(scene: Scene) -> tuple[NetworkName, ...]:
    """Its own, those of workloads that it cannot reach there, and the way out where something outside is scraped."""
    needed = {scrape.network for scrape in scene.scrapes() if scrape.workload}
    outside = any(scrape.targets for scrape in scene.scrapes())
    return ("monitoring", *sorted(needed - {"monitoring"}), *(("edge",) if outside else ()))


def secrets_of(scene: Scene) -> tuple[str, ...]:
    """Names of the secrets with which Prometheus signs in to what it scrapes, sorted."""
    blocks = [block for scrape in scene.scrapes() for block in scrape.sign_in.values() if isinstance(block, Mapping)]
    return tuple(sorted({value.secret for block in blocks for value in block.values() if isinstance(value, SecretPath)}))


def _probe_jobs(probes: Iterable[ProbeOffer], scene: Scene) -> list[Structure]:
    """One job for each interval in use; that of the usual interval is called ``probes``."""
    if not scene.has("blackbox_exporter"):
        return []
    by_interval: dict[int | None, list[ProbeOffer]] = {}
    for probe in probes:
        by_interval.setdefault(probe.interval_s, []).append(probe)
    return [
        _probe_job(interval_s, by_interval[interval_s]) for interval_s in sorted(by_interval, key=lambda seconds: seconds or 0)
    ]


def _probe_job(interval_s: int | None, probes: Iterable[ProbeOffer]) -> Structure:
    job: dict[str, Structure] = {"job_name": "probes" if interval_s is None else f"probes-{format_duration(interval_s)}"}
    if interval_s is not None:
        job["scrape_interval"] = format_duration(interval_s)
        job["scrape_timeout"] = format_duration(min(interval_s, 10))
    targets: list[Structure] = [
        {"targets": [probe.target], "labels": {**probe.labels, "__param_module": probe.module, "probe": probe.name}}
        for probe in probes
    ]
    job["metrics_path"] = "/probe"
    job["static_configs"] = targets
    job["relabel_configs"] = [
        {"source_labels": ["__address__"], "target_label": "__param_target"},
        {"source_labels": ["__param_target"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": ConnectAddress(workload="blackbox_exporter", endpoint="http")},
    ]
    return job
