"""Read the rule files that lie beside a component. They are data with ``__NAME__`` thresholds filled from its options."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

from watchkeeper.catalogue.scene import RuleFile


def rule_files(component: str, thresholds: Mapping[str, str | int | float] | None = None) -> tuple[RuleFile, ...]:
    """Every ``catalogue/<component>/rules/*.yaml`` except ``*.test.yaml``, sorted by name.

    A component without such a folder has none. A text such as ``__MEMORY_RATIO__`` is replaced by the threshold of that name;
    an unknown one raises KeyError.
    """
    folder = files("watchkeeper.catalogue") / component / "rules"
    if not folder.is_dir():
        return ()
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml") and ".test." not in entry.name)
    values = {f"__{name.upper()}__": str(value) for name, value in (thresholds or {}).items()}
    return tuple(
        RuleFile(name=f"{component}-{name}", content=_filled(yaml.safe_load((folder / name).read_text("utf-8")), values))
        for name in names
    )


def _filled(content: Any, values: Mapping[str, str]) -> Any:
    if isinstance(content, dict):
        return {key: _filled(value, values) for key, value in content.items()}
    if isinstance(content, list):
        return [_filled(value, values) for value in content]
    if isinstance(content, str):
        for placeholder, value in values.items():
            content = content.replace(placeholder, value)
        if "__" in content and (left := [word for word in content.split() if word.startswith("__") and word.endswith("__")]):
            raise KeyError(f"cannot fill {left[0]} in a rule: no option of that name")
    return content
