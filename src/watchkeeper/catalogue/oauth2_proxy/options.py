"""Options of oauth2-proxy."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import FilePath, Many, Url


class Oauth2ProxyOptions(Options):
    """Who knows the people, and which of them may enter."""

    provider: Literal["oidc", "github", "google", "gitlab", "keycloak-oidc", "entra-id", "azure"] = Field(
        default="oidc", description="Who knows the people."
    )
    issuer: Url | None = Field(
        default=None, description="The provider's address, where it is not one for all.", examples=["https://id.example"]
    )
    client_id: str = Field(default="watchkeeper", min_length=1, description="How the provider knows this platform.")
    client_secret_file: FilePath | None = Field(
        default=None, description="The file with the provider's secret.", examples=["secrets/oauth-client"]
    )
    redirect_url: Url | None = Field(
        default=None,
        description="Where people come back to.",
        examples=["https://mon.example/oauth2/callback"],
    )
    email_domains: Many[str] = Field(default=(), description="Whose addresses may enter.", examples=[["shop.example"]])
