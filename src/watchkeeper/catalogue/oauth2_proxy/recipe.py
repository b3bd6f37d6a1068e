"""oauth2-proxy: lets people in whom an identity provider knows, in front of the dashboards."""

from __future__ import annotations

from watchkeeper.catalogue.go import go_environment
from watchkeeper.catalogue.oauth2_proxy.options import Oauth2ProxyOptions
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene, ScrapeOffer
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import Argument, ConnectUrl, ListenAddress, SecretPath, text
from watchkeeper.workload.workload import Endpoint, Resources, Secret, Workload

NAME = "oauth2_proxy"
# 32 characters are 32 bytes, which is a key's length as they are
COOKIE_SECRET = Secret(name="oauth2-cookie-secret", purpose="encrypts the cookies of people who are signed in", length=32)
CLIENT_SECRET = "oauth2-client-secret"  # noqa: S105 - the secret's name, not its value
PAGES = ("grafana", "console", "prometheus")


def offer(options: Oauth2ProxyOptions, basics: Basics) -> Offer:
    """Its own metrics; the provider's secret, which is generated as a placeholder where no file is named."""
    file = str(basics.folder / options.client_secret_file) if options.client_secret_file else ""
    client = Secret(name=CLIENT_SECRET, purpose="signs the platform in to the identity provider", file=file)
    return Offer(scrapes=(ScrapeOffer(job=NAME, workload=NAME, endpoint="metrics"),), secrets=(COOKIE_SECRET, client))


def workloads(options: Oauth2ProxyOptions, scene: Scene) -> tuple[Workload, ...]:
    """One process in front of the dashboards."""
    memory_bytes = scene.memory_bytes[NAME]
    healthy = HttpProbe(endpoint="http", path="/ping", timeout_s=3.0)
    page = next((name for name in PAGES if scene.has(name)), "prometheus")
    return (
        Workload(
            name=NAME,
            component=NAME,
            summary="Sign-in through an identity provider",
            software=scene.software[NAME],
            arguments=_arguments(options, page),
            environment=go_environment(memory_bytes),
            health=Health(ready=healthy, alive=healthy, period_s=10.0),
            resources=Resources(memory_bytes=memory_bytes),
            endpoints=(Endpoint(name="http", port=4180, browser=True), Endpoint(name="metrics", port=44180)),
            secrets=(COOKIE_SECRET.name, CLIENT_SECRET),
            needs=(page,),
            # the provider is elsewhere
            networks=("monitoring", "edge"),
        ),
    )


def _arguments(options: Oauth2ProxyOptions, page: str) -> tuple[Argument, ...]:
    arguments: list[Argument] = [
        f"--provider={options.provider}",
        f"--client-id={options.client_id}",
        text("--client-secret-file=", SecretPath(secret=CLIENT_SECRET)),
        text("--cookie-secret-file=", SecretPath(secret=COOKIE_SECRET.name)),
        text("--http-address=", ListenAddress(endpoint="http")),
        text("--metrics-address=", ListenAddress(endpoint="metrics")),
        text("--upstream=", ConnectUrl(workload=page, endpoint="http", path="/")),
        "--reverse-proxy=true",
        "--cookie-httponly=true",
        "--cookie-samesite=lax",
        f"--cookie-secure={'true' if str(options.redirect_url or '').startswith('https://') else 'false'}",
        "--skip-provider-button=true",
        *(f"--email-domain={domain}" for domain in options.email_domains or ("*",)),
    ]
    if options.issuer:
        arguments.append(f"--oidc-issuer-url={options.issuer}")
    if options.redirect_url:
        arguments.append(f"--redirect-url={options.redirect_url}")
    return tuple(arguments)


COMPONENT = Component(
    name=NAME,
    summary="sign-in through an identity provider",
    options=Oauth2ProxyOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=48 * 1024 * 1024,
    role="application",
)
