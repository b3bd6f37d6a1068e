"""What the user wrote: YAML with line numbers, pydantic models, presets, mistakes.

``load(text, file)`` gives a ``Document`` (plain data that knows its places); ``describe(document)`` the ``Description``
with defaults filled in, or raises ``MistakesFound`` with all mistakes; ``examine`` gives both what is right and what is
wrong. ``read_model`` gives option models of the catalogue (made of ``Written`` and the types in ``fields``) the same
treatment. Nothing here knows a component, opens a file or asks the machine: ``plan`` and the command line find what needs
that, and word it with the functions in ``foreseen``.
"""

from watchkeeper.spec.describe import describe, examine, read_model
from watchkeeper.spec.description import Component, Description
from watchkeeper.spec.diagnose import mistakes_from_pydantic
from watchkeeper.spec.document import Document, KeyPath, Place, dotted
from watchkeeper.spec.fields import Written
from watchkeeper.spec.kinds import KINDS
from watchkeeper.spec.overlay import with_environments, with_unchosen_checked
from watchkeeper.spec.presets import PRESETS, Preset
from watchkeeper.spec.read import load

COMPONENT_KEYS = frozenset(Component.model_fields)
"""Keys under ``components.NAME`` that belong to every component and not to its option model."""

__all__ = [
    "COMPONENT_KEYS",
    "KINDS",
    "PRESETS",
    "Description",
    "Document",
    "KeyPath",
    "Place",
    "Preset",
    "Written",
    "describe",
    "dotted",
    "examine",
    "load",
    "mistakes_from_pydantic",
    "read_model",
    "with_environments",
    "with_unchosen_checked",
]
