"""Document → Description: everything the models and the checks find, at once."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from watchkeeper.spec.checks import check
from watchkeeper.spec.description import Description
from watchkeeper.spec.diagnose import mistakes_from_pydantic
from watchkeeper.spec.document import Data, Document, KeyPath
from watchkeeper.spec.secrecy import without_secrets
from watchkeeper.workload.failure import Mistake, MistakesFound

M = TypeVar("M", bound=BaseModel)


def describe(document: Document) -> Description:
    """The description with its defaults filled in. Raises MistakesFound with every mistake."""
    description, mistakes = examine(document)
    if mistakes:
        raise MistakesFound(mistakes)
    return description


def examine(document: Document) -> tuple[Description, tuple[Mistake, ...]]:
    """As much of the description as is right, and every mistake in the rest.

    A top-level key with a mistake below it is left at its default, so that later stages can look for more mistakes.
    """
    description, mistakes = read_model(Description, document, ())
    if description is None:
        data = without_secrets(document.data)
        sections = data.items() if isinstance(data, dict) else ()
        description = Description.model_validate({key: value for key, value in sections if _is_right(key, value)})
    return description, tuple(sorted({*document.mistakes, *mistakes, *check(document)}))


def _is_right(key: str, value: Data) -> bool:
    try:
        Description.model_validate({key: value})
    except ValidationError:
        return False
    return True


def read_model(
    model: type[M], document: Document, path: KeyPath, *, without: frozenset[str] = frozenset()
) -> tuple[M | None, list[Mistake]]:
    """Read the mapping at ``path`` with a model, leaving out the keys ``without``; None if there are mistakes.

    For option models of the catalogue: ``read_model(Options, document, ("components", name), without=COMPONENT_KEYS)``.
    """
    data = without_secrets(document.get(path), path)
    if isinstance(data, dict):
        data = {key: value for key, value in data.items() if key not in without}
    try:
        return model.model_validate({} if data is None else data), []
    except ValidationError as error:
        return None, mistakes_from_pydantic(error, model, document, path, also_known=without)
