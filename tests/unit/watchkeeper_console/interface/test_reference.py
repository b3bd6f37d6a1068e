"""The published pages are what the table says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.watchkeeper_console.console_stage import USER

from watchkeeper_console.interface.reference import markdown
from watchkeeper_console.interface.table import ENDPOINTS
from watchkeeper_console.read_settings import read_settings

DOCS = Path(__file__).parents[4] / "docs"


def test_the_page_of_the_api_is_current() -> None:
    hint = "run: python -m watchkeeper_console.interface.reference > docs/reference/console-api.md"
    assert (DOCS / "reference" / "console-api.md").read_text() == markdown(), hint


def test_it_names_every_endpoint() -> None:
    page = markdown()
    for endpoint in ENDPOINTS:
        if "{rest:path}" not in endpoint.path:
            assert re.search(rf"`{endpoint.method} {re.escape(endpoint.path)}[?`]", page), endpoint.path


def test_the_example_configuration_of_the_console_works(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(public_url.*?)```", (DOCS / "reference" / "console.md").read_text(), re.DOTALL)
    assert example is not None
    (tmp_path / "console.yaml").write_text(example[1])
    settings = read_settings(tmp_path / "console.yaml", listen_address="127.0.0.1:23000")
    assert settings.admin_user == USER
    assert settings.organisation_label == "organisation"
    assert settings.provider is not None
    assert settings.provider.roles == {"ops": "admin", "developers": "editor"}
    assert settings.public_status is not None
    assert settings.receipts is not None


@pytest.mark.parametrize("page", ["how-to/users-and-organisations.md", "how-to/single-sign-on.md"])
def test_the_guides_name_only_endpoints_that_exist(page: str) -> None:
    known = {endpoint.path for endpoint in ENDPOINTS}
    named = set(re.findall(r"/api/[a-z_/.{}-]*[a-z}]", (DOCS / page).read_text()))
    for path in named:
        assert any(re.fullmatch(re.sub(r"\\\{\w+(:path)?\\\}", ".+", re.escape(one)), path) for one in known), path
