"""Who can be told about an alert, and over which channels. Secrets are named by the files that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import FilePath, HostPort, Name, Some, Url, Written, refusal

_MAILBOX = re.compile(r"[^@\s,<>]+@[^@\s,<>]+")


def _mail_address(value: str) -> str:
    if not _MAILBOX.fullmatch(value):
        raise refusal("bad-address", f"cannot send mail to or from {value!r}", "write one address, as in ops@shop.example")
    return value


MailAddress = Annotated[str, AfterValidator(_mail_address), Field(json_schema_extra={"pattern": f"^{_MAILBOX.pattern}$"})]
"""A bare e-mail address."""


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


class Email(Written):
    """Mail through an SMTP server."""

    to: Some[MailAddress] = Field(description="Who gets the mail.", examples=[["ops@shop.example"]])
    sender: MailAddress = Field(description="The address in From.", examples=["watchkeeper@shop.example"])
    smarthost: HostPort = Field(
        description="The SMTP server: 587 speaks STARTTLS, 465 TLS from the start.", examples=["smtp.shop.example:587"]
    )
    tls: bool = Field(default=True, description="Refuse to send over a connection without TLS.")
    user: str | None = Field(default=None, min_length=1, description="The user name at the server.", examples=["watchkeeper"])
    password_file: FilePath | None = Field(
        default=None, description="The file that holds the password.", examples=["secrets/smtp-password"]
    )
    ca_file: FilePath | None = Field(
        default=None,
        description="Certificates to trust, if the server's is not signed by a public authority.",
        examples=["secrets/internal-ca.pem"],
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if bool(self.user) != bool(self.password_file):
            missing, there = ("password_file", "user") if self.user else ("user", "password_file")
            yield (), refusal("missing-key", f"cannot sign in to {self.smarthost} with {there} alone", f"add {missing}")
        if self.password_file and not self.tls:
            yield ("tls",), refusal("conflicting-keys", "cannot send a password over a connection without TLS",
                                    "remove tls: false, or the user and the password_file", key=True)  # fmt: skip


class Slack(Written):
    """A Slack channel, through an incoming webhook."""

    url_file: FilePath = Field(description="The file that holds the webhook's address.", examples=["secrets/slack-webhook"])
    channel: str | None = Field(
        default=None,
        min_length=2,
        pattern=r"^[#@]",
        description="The channel, where the webhook may choose it; else the webhook's own.",
        examples=["#incidents"],
    )


class PagerDuty(Written):
    """A PagerDuty service, through Events API v2."""

    routing_key_file: FilePath = Field(
        description="The file that holds the integration key of the service.", examples=["secrets/pagerduty-platform"]
    )
    url: Url | None = Field(
        default=None,
        description="Another address of the API: the EU region's, or a server for tests.",
        examples=["https://events.eu.pagerduty.com/v2/enqueue"],
    )


class Teams(Written):
    """A Microsoft Teams channel, through a workflow that posts incoming webhook requests."""

    url_file: FilePath = Field(description="The file that holds the workflow's address.", examples=["secrets/teams-webhook"])


class Receiver(Written):
    """Someone to tell, over one or more channels. Every channel of a receiver gets every notification."""

    name: Name = Field(description="How routes call this receiver.", examples=["ops"])
    email: Email | None = Field(
        default=None,
        description="Send mail.",
        examples=[{"to": ["ops@shop.example"], "sender": "watchkeeper@shop.example", "smarthost": "smtp.shop.example:587"}],
    )
    slack: Slack | None = Field(
        default=None, description="Post to Slack.", examples=[{"url_file": "secrets/slack-webhook", "channel": "#incidents"}]
    )
    pagerduty: PagerDuty | None = Field(
        default=None, description="Open and close incidents.", examples=[{"routing_key_file": "secrets/pagerduty-platform"}]
    )
    teams: Teams | None = Field(
        default=None, description="Post to Microsoft Teams.", examples=[{"url_file": "secrets/teams-webhook"}]
    )
    webhook: Webhook | None = Field(
        default=None, description="Post to a web address.", examples=[{"url": "http://127.0.0.1:9000/alerts"}]
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        channels = [field for field in type(self).model_fields if field != "name"]
        if all(getattr(self, channel) is None for channel in channels):
            yield (), refusal("missing-key", f"cannot reach the receiver {self.name}", f"add a channel: {', '.join(channels)}")
