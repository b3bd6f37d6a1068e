"""Names that the description gives, where the platform has given the same name already."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from watchkeeper.catalogue.routing import OWN_RECEIVERS
from watchkeeper.spec.description import Description
from watchkeeper.spec.document import Document
from watchkeeper.workload.failure import Mistake


def taken(document: Document, description: Description, own_jobs: Collection[str]) -> Iterator[Mistake]:
    """Receivers and scrape jobs that would hide, or be mixed up with, the platform's own (``own_jobs``)."""
    lists = (
        (("scrape", "jobs"), [job.name for job in description.scrape.jobs], own_jobs, "job"),
        (("routes", "receivers"), [receiver.name for receiver in description.routes.receivers], OWN_RECEIVERS, "receiver"),
    )
    for path, names, own, what in lists:
        for index, name in enumerate(names):
            if name in own:
                message = f"cannot use the name {name!r} for a {what}: the platform has one of that name"
                yield document.mistake("duplicate-name", (*path, index, "name"), message, hint="rename it")
