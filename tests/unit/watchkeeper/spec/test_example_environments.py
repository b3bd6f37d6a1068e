"""The four environments of the example, one by one and together."""

from pathlib import Path

import pytest

from watchkeeper.plan.model import Plan
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load, with_environments, with_unchosen_checked
from watchkeeper.workload.reference import text

FOLDER = Path(__file__).parents[4] / "examples/environments"


def planned(*names: str) -> Plan:
    document = load((FOLDER / "watchkeeper.yaml").read_text(encoding="utf-8"), "watchkeeper.yaml")
    files = {name: FOLDER / f"watchkeeper.{name}.yaml" for name in names}
    beside = {name: load(file.read_text(encoding="utf-8"), file.name) for name, file in files.items() if file.exists()}
    return resolve(with_environments(with_unchosen_checked(document, names), names, beside), folder=FOLDER)


def names_of(plan: Plan) -> set[str]:
    return {workload.name for workload in plan.workloads}


def test_development_is_small() -> None:
    plan = planned("development")
    example = {"network_monitor_web", "network_monitor_worker", "network_monitor_notifier"}
    assert names_of(planned()) - names_of(plan) == {"kafka_broker", "kafka_exporter", *example}
    assert plan.settings["retention.metrics_s"] == 2 * 86_400


def test_production_keeps_more_and_pretends_nothing() -> None:
    plan = planned("production")
    assert "mocks" not in names_of(plan)
    assert plan.workload("postgres_server").resources.memory_bytes == 2**30
    assert text("max_connections=", "200") in plan.workload("postgres_server").arguments


def test_secrets_come_from_outside() -> None:
    plan = planned("production", "secrets")
    sources = {secret.name: secret.environment for secret in plan.secrets if secret.environment.startswith("SHOP_")}
    assert sources == {
        "postgres-password": "SHOP_POSTGRES_PASSWORD",
        "postgres-app-password": "SHOP_DATABASE_PASSWORD",
        "redis-password": "SHOP_REDIS_PASSWORD",
        "rabbitmq-password": "SHOP_RABBITMQ_PASSWORD",
    }


@pytest.mark.parametrize("others", [(), ("production",), ("production", "secrets")])
def test_security_shortens_sessions_in_any_company(others: tuple[str, ...]) -> None:
    content = str(planned(*others, "security").workload("console").files)
    assert "'idle': '15m'" in content
    assert "'absolute': '12h'" in content
