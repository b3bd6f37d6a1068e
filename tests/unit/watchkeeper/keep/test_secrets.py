"""Secrets: made once, long enough, private, and replaced only by what the user gives."""

from pathlib import Path

from watchkeeper.catalogue.console.recipe import ADMIN_PASSWORD
from watchkeeper.keep.secrets import ensure, look_up, read
from watchkeeper.workload.reference import ConnectAddress, SecretValueOf
from watchkeeper.workload.workload import Secret, SecretValue

TOKEN = Secret(name="token", purpose="test", length=32)


def test_a_missing_secret_is_generated_once_in_a_private_file(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert ensure([TOKEN], folder, {}, owner=None) == ("token",)
    first = read(folder, "token").value
    assert len(first) == 32
    assert (folder / "token").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert ensure([TOKEN], folder, {}, owner=None) == ()
    assert read(folder, "token").value == first


def test_two_generated_secrets_differ(tmp_path: Path) -> None:
    ensure([TOKEN, Secret(name="other", purpose="test")], tmp_path, {}, owner=None)
    assert read(tmp_path, "token") != read(tmp_path, "other")


def test_the_administrators_password_has_at_least_twenty_characters(tmp_path: Path) -> None:
    ensure([ADMIN_PASSWORD], tmp_path, {}, owner=None)
    assert len(read(tmp_path, ADMIN_PASSWORD.name).value) >= 20


def test_a_given_value_replaces_what_is_there(tmp_path: Path) -> None:
    ensure([TOKEN], tmp_path, {}, owner=None)
    assert ensure([TOKEN], tmp_path, {"token": SecretValue("mine")}, owner=None) == ()
    assert read(tmp_path, "token").value == "mine"


def test_a_file_of_the_users_is_read_without_its_line_break(tmp_path: Path) -> None:
    (tmp_path / "given").write_text("hunter2\n")
    values, refused = look_up([Secret(name="token", purpose="", file=str(tmp_path / "given"))], {})
    assert values["token"].value == "hunter2"
    assert refused == []


def test_a_missing_an_empty_and_a_binary_file_are_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    secrets = [Secret(name=name, purpose="", file=str(tmp_path / name)) for name in ("absent", "empty", "binary")]
    values, refused = look_up(secrets, {})
    assert values == {}
    assert [reason for _, reason in refused] == ["no such file or directory", "it is empty", "it is not text"]


def test_an_environment_variable_gives_the_value_and_an_unset_one_is_no_mistake() -> None:
    secret = Secret(name="token", purpose="", environment="TOKEN")
    assert look_up([secret], {"TOKEN": " abc "})[0]["token"].value == "abc"
    assert look_up([secret], {}) == ({}, [])


def test_a_secret_in_memory_shows_nothing_when_printed() -> None:
    assert "hunter2" not in f"{SecretValue('hunter2')} {SecretValue('hunter2')!r}"


def test_a_secret_that_holds_others_is_put_together_and_made_anew_when_they_change(tmp_path: Path) -> None:
    password = Secret(name="password", purpose="")
    together = Secret(
        name="passwords",
        purpose="",
        content=(
            '{"redis://',
            ConnectAddress(workload="redis", endpoint="port"),
            '": ',
            SecretValueOf(secret="password", quoting="json"),
            "}",
        ),
    )

    def made(value: str, port: int) -> str:
        given = {"password": SecretValue(value)}
        ensure((together, password), tmp_path, given, owner=None, address=lambda _, one: f"{one.workload}:{port}")
        return (tmp_path / "passwords").read_text()

    assert made('a"b', 1) == '{"redis://redis:1": "a\\"b"}'
    assert made("plain", 1) == '{"redis://redis:1": "plain"}'
    assert made("plain", 2) == '{"redis://redis:2": "plain"}'
    assert (tmp_path / "passwords").stat().st_mode & 0o777 == 0o600
