"""What every failure looks like from outside: exit codes, text, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from watchkeeper.cli import app, plan
from watchkeeper.cli.app import run


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATCHKEEPER_STATE_DIR", str(tmp_path / "state"))


def test_init_writes_a_description_that_plans(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init"]) == 0
    capsys.readouterr()
    assert run(["plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "watchkeeper"


def test_init_does_not_replace_a_file_unless_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "watchkeeper.yaml").write_text("name: mine\n")
    assert run(["init"]) == 1
    assert "cannot write watchkeeper.yaml: it exists; replace it with --force" in capsys.readouterr().err
    assert (tmp_path / "watchkeeper.yaml").read_text() == "name: mine\n"
    assert run(["init", "--force"]) == 0


def test_mistakes_end_with_1_each_on_its_line_and_a_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "watchkeeper.yaml").write_text("colour: red\nports: {base: x}\n")
    assert run(["plan"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("watchkeeper.yaml:1:1: cannot use the key colour")
    assert lines[1].startswith("watchkeeper.yaml:2:15: cannot")
    assert lines[-1] == "2 mistakes; nothing was changed"


def test_mistakes_as_json_have_place_kind_and_hint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "watchkeeper.yaml").write_text("components: {promethus: {}}\n")
    assert run(["plan", "--json"]) == 1
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert (mistake["line"], mistake["column"], mistake["kind"]) == (1, 14, "unknown-component")
    assert "did you mean prometheus" in mistake["hint"]


def test_a_missing_named_file_is_the_users_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--file", "absent.yaml"]) == 1
    assert "cannot read absent.yaml" in capsys.readouterr().err


def test_the_worlds_failure_ends_with_2_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify"]) == 2
    assert "it does not run" in capsys.readouterr().err


def test_a_stack_that_is_down_has_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["verdict"] == "down"


def test_wrong_usage_ends_with_1_not_with_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--nonsense"]) == 1
    assert run(["nonsense"]) == 1
    assert run(["verify", "--claims", "every_target_is_upp"]) == 1
    said = capsys.readouterr().err
    assert "did you mean every_target_is_up?" in said
    assert "Traceback" not in said


def test_a_bug_ends_with_3_and_a_trace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def planned(file: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(plan, "planned", planned)
    assert run(["plan"]) == 3
    said = capsys.readouterr().err
    assert "planted" in said
    assert "this is a bug" in said


def test_every_command_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [command.name for command in app.app.registered_commands]
    assert {"init", "plan", "up", "status", "verify", "logs", "check", "render", "down", "doctor"} <= set(commands)
    for command in commands:
        assert run([str(command), "--help"]) == 0
        said = capsys.readouterr().out
        assert "--json" in said
        assert len(said.splitlines()) > 8


def test_deleting_data_asks_and_without_a_terminal_wants_a_yes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["down", "--delete-data"]) == 1
    assert "--yes" in capsys.readouterr().err
