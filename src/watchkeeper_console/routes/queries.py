"""Many queries at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from watchkeeper_console.border.answers import Refusal
from watchkeeper_console.border.gate import viewer_of
from watchkeeper_console.interface.dispatch import given_to
from watchkeeper_console.queries.batch import BatchAnswer
from watchkeeper_console.queries.question import Question, SameId, Unasked, questions
from watchkeeper_console.settings import Settings
from watchkeeper_console.tenancy.confine import Confinement
from watchkeeper_console.tenancy.promql import NotConfinable
from watchkeeper_console.upstreams.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRoutes:
    """Handlers for panels and explore."""

    settings: Settings
    client: Client
    confinement: Confinement

    async def batch(self, request: Request) -> Response:
        """``POST /api/query``."""
        try:
            asked = questions(given_to(request).body)
        except SameId as error:
            raise Refusal(409, "conflict", "cannot tell the answers apart: two queries have the same id") from error
        organisation = viewer_of(request).organisation
        confined = asked if organisation is None else [self._confined(question, organisation) for question in asked]
        return BatchAnswer(self.client, self.settings.upstreams, confined)

    def _confined(self, question: Question | Unasked, organisation: str) -> Question | Unasked:
        if isinstance(question, Unasked):
            return question
        confine = self.confinement.promql if question.upstream == "prometheus" else self.confinement.logql
        try:
            query = confine(question.form["query"], organisation)
        except NotConfinable as error:
            return Unasked(id=question.id, status=403, words=str(error))
        return replace(question, form={**question.form, "query": query})
