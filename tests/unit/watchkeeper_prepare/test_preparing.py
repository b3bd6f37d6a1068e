"""What is asked before anything is made, and that nothing is made twice."""

from pathlib import Path

import pytest

from watchkeeper_prepare import kafka, postgres
from watchkeeper_prepare.failure import CannotPrepare, run

SCRIPT = Path("/nowhere/first-start.sql")


def surroundings(folder: Path, **changes: str) -> dict[str, str]:
    return {"PGDATA": str(folder / "cluster"), "POSTGRES_PASSWORD_FILE": str(folder / "password"), **changes}


def no_programs() -> postgres.Programs:
    nothing = Path("/nowhere/program")
    return postgres.Programs(initdb=nothing, server=nothing, psql=nothing, names=nothing)


@pytest.mark.parametrize("missing", ["PGDATA", "POSTGRES_PASSWORD_FILE"])
def test_postgres_cannot_be_prepared_without_its_variables(tmp_path: Path, missing: str) -> None:
    with pytest.raises(CannotPrepare, match=missing):
        postgres.settings_from(surroundings(tmp_path) | {missing: ""}, first_start=SCRIPT)


def test_a_name_that_could_end_its_quotes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotPrepare, match="cannot use"):
        postgres.settings_from(surroundings(tmp_path, POSTGRES_DB='a"; DROP DATABASE b; --'), first_start=SCRIPT)


def test_a_cluster_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster/PG_VERSION").write_text("15\n")
    postgres.prepare(no_programs(), postgres.settings_from(surroundings(tmp_path), first_start=SCRIPT))
    assert [path.name for path in tmp_path.rglob("*")] == ["cluster", "PG_VERSION"]


def test_a_folder_with_something_else_in_it_is_never_made_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster/diary.txt").write_text("mine")
    with pytest.raises(CannotPrepare, match="something else"):
        postgres.prepare(no_programs(), postgres.settings_from(surroundings(tmp_path), first_start=SCRIPT))
    assert (tmp_path / "cluster/diary.txt").read_text() == "mine"


def test_a_failed_program_is_named_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(CannotPrepare, match="cannot try: /bin/sh ended with 3") as caught:
        run(["/bin/sh", "-c", "echo no room; exit 3"], what="try", environment={}, timeout_s=10)
    assert caught.value.evidence == ("no room",)


def test_kafka_knows_its_folders_from_its_configuration() -> None:
    assert kafka.data_folders("node.id=1\nlog.dirs=/data/a, /data/b\n") == (Path("/data/a"), Path("/data/b"))


def test_a_formatted_folder_is_not_formatted_again(tmp_path: Path) -> None:
    (tmp_path / kafka.MARK).touch()
    configuration = tmp_path / "server.properties"
    configuration.write_text(f"log.dirs={tmp_path}\n")
    kafka.prepare(Path("/nowhere/java"), tmp_path, configuration, {"CLUSTER_ID": "x"})


def test_a_folder_that_is_not_formatted_needs_java(tmp_path: Path) -> None:
    configuration = tmp_path / "server.properties"
    configuration.write_text(f"log.dirs={tmp_path}/events\n")
    with pytest.raises(CannotPrepare, match="cannot format the folder of events"):
        kafka.prepare(Path("/nowhere/java"), tmp_path, configuration, {"CLUSTER_ID": "x"})
