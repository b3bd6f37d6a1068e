"""What a service reads from its environment, and how it refuses what it cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.network_monitor.surroundings import KEY, an_environment

from network_monitor.surroundings import Address, CannotStart, read_address, read_surroundings


def test_everything_is_read_and_passwords_come_from_their_files(tmp_path: Path) -> None:
    found = read_surroundings(
        an_environment(
            tmp_path,
            POSTGRES_ADDRESS="db.example:5433",
            KAFKA_BROKERS="one:9092,two:9092",
            NETWORK_MONITOR_URL="http://web:8000/",
            NETWORK_MONITOR_PATROL_S="7.5",
        )
    )
    assert found.postgres == Address(host="db.example", port=5433)
    assert found.kafka == Address(host="one", port=9092)
    assert (found.postgres_database, found.postgres_user, found.rabbitmq_user) == ("app", "app", "app")
    assert found.redis_password == "secret of REDIS_PASSWORD_FILE"
    assert found.key == KEY
    assert (found.patrol_url, found.patrol_s) == ("http://web:8000", 7.5)


def test_no_password_is_in_what_is_printed_of_it(tmp_path: Path) -> None:
    printed = repr(read_surroundings(an_environment(tmp_path)))
    assert "secret of" not in printed
    assert KEY not in printed


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("REDIS_ADDRESS", "", "cannot go on without REDIS_ADDRESS"),
        ("POSTGRES_ADDRESS", "db.example", "cannot use POSTGRES_ADDRESS: cannot read 'db.example' as an address"),
        ("KAFKA_BROKERS", "broker:70000", "cannot use KAFKA_BROKERS"),
        ("REDIS_PASSWORD_FILE", "/nowhere/at/all", "cannot read /nowhere/at/all: No such file or directory"),
        ("NETWORK_MONITOR_PATROL_S", "often", "cannot use NETWORK_MONITOR_PATROL_S='often'"),
        ("NETWORK_MONITOR_PATROL_S", "-1", "cannot use NETWORK_MONITOR_PATROL_S='-1'"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, variable: str, value: str, said: str) -> None:
    with pytest.raises(CannotStart) as refused:
        read_surroundings(an_environment(tmp_path, **{variable: value}))
    assert str(refused.value).startswith(said)


def test_an_empty_password_is_refused(tmp_path: Path) -> None:
    environment = an_environment(tmp_path)
    Path(environment["NETWORK_MONITOR_KEY_FILE"]).write_text("\n", encoding="utf-8")
    with pytest.raises(CannotStart, match="it is empty"):
        read_surroundings(environment)


@pytest.mark.parametrize("text", ["", "host", ":5432", "host:", "host:http", "host:0", "host:65536"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write HOST:PORT"):
        read_address(text)


def test_an_ipv6_address_loses_its_brackets() -> None:
    assert read_address("[::1]:5432") == Address(host="::1", port=5432)
