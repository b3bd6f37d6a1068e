"""Every LogQL script over HTTP: on our own store, or on the server that LOGQL_CONFORMANCE_URL names, such as a real Loki."""

import os
from collections.abc import Iterator

import pytest
from tests.conformance.logql.checking import run_check
from tests.conformance.logql.drivers import HttpDriver
from tests.conformance.logql.script import Check
from tests.conformance.logql.test_scripts import CHECKS
from tests.live.store_process import StoreProcess

pytestmark = pytest.mark.live

# the scripts state every label themselves, so the store must add none
SETTINGS = "limits: {discover_service_name: [], discover_log_levels: false}\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    given = os.environ.get("LOGQL_CONFORMANCE_URL", "")
    if given:
        yield given
        return
    folder = tmp_path_factory.mktemp("store")
    (folder / "store.yaml").write_text(SETTINGS)
    process = StoreProcess(folder / "data", "--config", str(folder / "store.yaml")).start()
    yield f"http://127.0.0.1:{process.port}"
    process.kill()


@pytest.mark.parametrize("check", CHECKS)
def test_the_server_answers_as_the_script_says(check: Check, url: str) -> None:
    driver = HttpDriver(url)
    driver.load(check.lines)
    run_check(driver, check)
