from __future__ import annotations

import json
from pathlib import Path

import pytest

from watchkeeper.cli.app import run

WARNING = "services:\n  app:\n    image: example/app:latest\n"
ERROR = "scrape_configs:\n  - job_name: a\n  - job_name: a\n"


def written(folder: Path, text: str, name: str = "file.yaml") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_an_error_is_exit_code_one_and_is_shown_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, ERROR)
    assert run(["lint", file]) == 1
    assert f"{file}:3:15 error WK-PROM-004 " in capsys.readouterr().out


def test_a_warning_is_exit_code_one_only_when_strict(tmp_path: Path) -> None:
    file = written(tmp_path, WARNING)
    assert run(["lint", file]) == 0
    assert run(["lint", file, "--strict"]) == 1


def test_a_folder_is_looked_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    written(tmp_path / "in", ERROR, "prometheus.yml")
    written(tmp_path, "not yaml: [", "notes.bin")
    assert run(["lint", str(tmp_path)]) == 1
    assert "1 errors, 0 warnings" in capsys.readouterr().out


def test_a_missing_rule_file_is_looked_up_beside_the_file_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "rule_files: [shop.yml]\nalerting: {alertmanagers: [{}]}\n")
    assert run(["lint", file]) == 1
    assert "WK-PROM-002" in capsys.readouterr().out
    written(tmp_path, "groups: []\n", "shop.yml")
    assert run(["lint", file]) == 0


def test_json_and_sarif_are_one_document_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, ERROR)
    assert run(["lint", file, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["counts"]["error"] == 1
    assert run(["lint", file, "--format", "sarif"]) == 1
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"


def test_a_rule_is_explained_with_its_fix_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--explain", "WK-AM-011"]) == 0
    said = capsys.readouterr().out
    assert "Fix:" in said
    assert "Wrong:" in said
    assert run(["lint", "--explain", "WK-AM-999"]) != 0


def test_every_rule_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 40


@pytest.mark.parametrize(
    "arguments", [["nowhere.yaml"], [], ["x.yaml", "--releases", "old"], ["x.yaml", "--prometheus", "new"]]
)
def test_misuse_is_exit_code_one(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, ERROR, "x.yaml")
    assert run(["lint", *arguments]) == 1


def test_our_own_rules_have_no_errors_but_thresholds_to_be_filled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = Path(__file__).parents[4] / "src/watchkeeper/catalogue"
    files = [str(path) for path in sorted(rules.glob("*/rules/*.yaml")) if ".test." not in path.name]
    assert len(files) > 5
    run(["lint", *files, "--json"])
    found = json.loads(capsys.readouterr().out)
    unfilled = [one for one in found["findings"] if one["severity"] == "error" and one["rule"] != "WK-PROMQL-001"]
    assert unfilled == []
