"""Who is told about an alert: receivers and the rules that choose between them."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field
from pydantic_core import PydanticCustomError

from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import FilePath, LabelSelector, Many, Name, Url, Written, refusal


class Webhook(Written):
    """An address that gets each notification as JSON (Alertmanager's webhook format)."""

    url: Url | None = Field(
        default=None,
        description="Where notifications are posted, if the address is no secret.",
        examples=["http://127.0.0.1:9000/alerts"],
    )
    url_file: FilePath | None = Field(
        default=None,
        description="A file that holds the address, if whoever knows it may post (most chat webhooks).",
        examples=["secrets/ops-webhook-url"],
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.url and self.url_file:
            yield ("url_file",), refusal("conflicting-keys", "cannot take a webhook's address from url and from url_file",
                                         "keep one of them", key=True)  # fmt: skip
        elif not self.url and not self.url_file:
            yield (), refusal("missing-key", "cannot post to a webhook without an address", "add url or url_file")


class Receiver(Written):
    """Someone to tell, over one or more channels. Every channel of a receiver gets every notification."""

    name: Name = Field(description="How routes call this receiver.", examples=["ops"])
    webhook: Webhook | None = Field(
        default=None, description="Post to a web address.", examples=[{"url": "http://127.0.0.1:9000/alerts"}]
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        channels = [field for field in type(self).model_fields if field != "name"]
        if all(getattr(self, channel) is None for channel in channels):
            yield (), refusal("missing-key", f"cannot reach the receiver {self.name}", f"add a channel: {', '.join(channels)}")


class Rule(Written):
    """Alerts that match go to the receiver. The first rule that matches decides."""

    match: LabelSelector = Field(
        description="Which alerts: label: value pairs, or a selector in braces.",
        examples=[{"severity": "critical"}, '{team="shop", severity=~"critical|warning"}'],
    )
    receiver: Name = Field(description="Who gets them: the name of a receiver.", examples=["ops"])


class Routes(Written):
    """Where alerts go."""

    receivers: Many[Receiver] = Field(
        default=(),
        description="Everyone who can be told.",
        examples=[[{"name": "ops", "webhook": {"url": "http://127.0.0.1:9000/alerts"}}]],
    )
    default: Name | None = Field(
        default=None,
        description="Who gets alerts that no rule matches. Needed as soon as there is a receiver.",
        examples=["ops"],
    )
    rules: Many[Rule] = Field(
        default=(),
        description="Tried from first to last.",
        examples=[[{"match": {"severity": "critical"}, "receiver": "ops"}]],
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.receivers and self.default is None:
            yield (), refusal("missing-key", "cannot tell who gets the alerts that no rule matches",
                              f"add default: {self.receivers[0].name}")  # fmt: skip
