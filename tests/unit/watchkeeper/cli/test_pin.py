"""``watchkeeper pin`` with a client that answers like docker's: everything is written, or nothing is."""

import json
from pathlib import Path

import pytest

from watchkeeper.cli.app import run
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.targets.compose.image import full_reference, image_of

DIGEST = "sha256:" + "ab" * 32
ANSWERS = f'#!/bin/sh\n[ "$1 $2 $3" = "buildx imagetools inspect" ] || exit 9\necho {DIGEST}\n'
REFUSES_ONE = f'#!/bin/sh\ncase "$*" in *loki*) echo "ERROR: no such host" >&2; exit 1;; esac\necho {DIGEST}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    project = tmp_path / "project"
    project.mkdir()
    (project / "watchkeeper.yaml").write_text("preset: core\ntarget: compose\n")
    monkeypatch.chdir(project)
    return project


def client(folder: Path, script: str) -> None:
    docker = folder.parent / "bin/docker"
    docker.write_text(script)
    docker.chmod(0o755)


def test_every_image_of_the_plan_is_pinned_and_then_used(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    client(folder, ANSWERS)
    assert run(["pin", "--json"]) == 0
    written = json.loads(capfd.readouterr().out)
    assert Path(written["file"]).name == "watchkeeper.images.yaml"
    assert set(written["images"].values()) == {DIGEST}
    plan = resolve(load("target: compose\n", "f"), folder=folder, pins=written["images"])
    loki = image_of(plan.workload("loki").software)
    assert full_reference(loki) == f"{loki.reference}@{DIGEST}"
    assert run(["plan"]) == 0


def test_nothing_is_written_when_one_image_cannot_be_asked_for(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    client(folder, REFUSES_ONE)
    assert run(["pin", "--json"]) == 2
    failure = json.loads(capfd.readouterr().out)
    assert failure["message"].startswith("cannot pin 1 of ")
    assert "no such host" in failure["evidence"][0]
    assert [path.name for path in folder.iterdir()] == ["watchkeeper.yaml"]


def test_a_machine_without_any_client_is_told_so(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["pin", "--json"]) == 2
    assert "none of docker, skopeo and crane" in json.loads(capfd.readouterr().out)["evidence"][0]


def test_a_file_that_was_edited_wrongly_is_refused_at_its_line(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "watchkeeper.images.yaml").write_text("docker.io/grafana/loki:3.7.6: latest\n")
    assert run(["plan", "--json"]) == 1
    (mistake,) = json.loads(capfd.readouterr().out)["mistakes"]
    assert (mistake["file"], mistake["line"], mistake["kind"]) == ("watchkeeper.images.yaml", 1, "unknown-value")
