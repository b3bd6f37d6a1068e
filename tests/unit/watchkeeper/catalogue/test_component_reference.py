"""The published page of components is the one that the catalogue gives."""

from pathlib import Path

from watchkeeper.catalogue.component_reference import reference_page
from watchkeeper.catalogue.registry import CATALOGUE

PAGE = Path(__file__).parents[4] / "docs/reference/components.md"


def test_the_published_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "run python -m watchkeeper.catalogue.component_reference"


def test_every_component_and_every_option_is_told_of() -> None:
    page = reference_page()
    for component in CATALOGUE.values():
        section = page.partition(f"## {component.name}\n")[2].partition("\n## ")[0]
        assert all(f"| `{option}` |" in section for option in component.options.model_fields), component.name
