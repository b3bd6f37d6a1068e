"""Options of the console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_core import PydanticCustomError

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import FilePath, Many, Url, Written, refusal

RoleName = Literal["viewer", "editor", "admin"]
LabelName = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_]*$", max_length=128)]
Claim = Annotated[str, Field(min_length=1, max_length=128)]


class Oidc(Written):
    """An OpenID Connect provider that people may sign in at, besides by password."""

    issuer: Url = Field(description="The provider's address, as it writes it itself.", examples=["https://id.example.org"])
    client_id: str = Field(default="watchkeeper", min_length=1, description="How the provider knows this console.")
    client_secret_file: FilePath | None = Field(
        default=None,
        description="The file with the client's secret; leave it out for a public client.",
        examples=["secrets/oidc-client"],
    )
    scopes: Many[str] = Field(default=("openid", "profile", "email"), description="What is asked for; openid must be among it.")
    user_claim: Claim = Field(default="preferred_username", description="The claim that names a person here.")
    role_claim: Claim = Field(
        default="groups", description="The claim whose values give roles; dots lead into objects (realm_access.roles)."
    )
    roles: dict[str, RoleName] = Field(
        default={},
        description="Value of the claim → role; the greatest wins.",
        examples=[{"ops": "admin", "developers": "editor"}],
    )
    default_role: RoleName | None = Field(
        default=None, description="The role of everybody else whom the provider knows; without one they do not come in."
    )
    organisation_claim: Claim | None = Field(
        default=None,
        description="The claim that binds people to an organisation, whose data only they see. Not administrators.",
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if not self.roles and self.default_role is None:
            yield (), refusal("missing-key", "cannot let anybody in by oidc", "add roles, or a default_role")
        if "openid" not in self.scopes:
            yield ("scopes",), refusal("missing-key", "cannot do without the scope openid", "add it")
        issuer = urlsplit(self.issuer)
        if issuer.scheme == "http" and issuer.hostname not in {"localhost", "127.0.0.1", "::1"}:
            yield ("issuer",), refusal("bad-url", "cannot trust an issuer over plain http", "use https")


class PublicStatus(Written):
    """A status page for everybody, without signing in: probed services, their uptime over 90 days, their certificates."""

    enabled: bool = Field(default=False, description="true publishes the page under /public/status.")
    title: str = Field(default="Status", min_length=1, max_length=100, description="Its heading.")
    probes: Many[str] = Field(
        default=(), description="Names of the probes to show; none named shows all.", examples=[["shop", "checkout"]]
    )


class ConsoleOptions(Options):
    """Where people reach it, who they are, and when the alerts about it fire."""

    public_url: Url | None = Field(
        default=None,
        description="How browsers reach the console, if not directly: links in notifications begin with it.",
        examples=["https://watch.example.org"],
    )
    organisation_label: LabelName = Field(
        default="organisation", description="The label by whose value the data of organisations is told apart."
    )
    public_status: PublicStatus = Field(default=PublicStatus(), description="The status page for everybody.")
    oidc: Oidc | None = Field(default=None, description="Signing in at an identity provider.")
    sign_in_page_warning_s: float = Field(
        default=1.0, gt=0, description="95th percentile of the sign-in page, in seconds, that warns."
    )
    sessions_warning: int = Field(default=200, ge=1, description="Sessions open at a time that warn.")

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.public_url and urlsplit(self.public_url).path.strip("/"):
            yield ("public_url",), refusal("bad-url", "cannot serve the console under a path", "give it a host name of its own")
