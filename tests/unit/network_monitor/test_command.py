"""The command line: mistakes are told with a way out, and end with 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from network_monitor.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["web"], "--listen-address"),
        (["web", "--listen-address", "nowhere"], "cannot read 'nowhere' as an address"),
        (["load", "--url", "http://api", "--key-file", "k", "--rate", "0"], "write a number above 0"),
        (["dance"], "invalid choice"),
    ],
)
def test_a_wrong_flag_is_the_users_mistake(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    assert said in capsys.readouterr().err


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "--url", "http://127.0.0.1:1", "--key-file", str(tmp_path / "key")]) == 1
    assert capsys.readouterr().err.startswith(f"cannot read {tmp_path}/key: No such file or directory")


def test_an_api_that_does_not_answer_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "key"
    key.write_text("key")
    assert main(["load", "--url", "http://127.0.0.1:1", "--key-file", str(key)]) == 1
    assert capsys.readouterr().err == "cannot reach http://127.0.0.1:1: ConnectError (is the platform up? watchkeeper status)\n"


def test_a_service_without_surroundings_says_what_it_lacks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POSTGRES_ADDRESS", raising=False)
    assert main(["worker", "--listen-address", "127.0.0.1:8000"]) == 1
    assert capsys.readouterr().err.startswith("cannot go on without POSTGRES_ADDRESS")
