"""Which handler answers which endpoint of the table."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchkeeper_console.border.cookies import Cookies
from watchkeeper_console.dashboards.folder import ProvisionedFolder
from watchkeeper_console.dashboards.imported import Imported
from watchkeeper_console.identity.database import Clock
from watchkeeper_console.identity.people import People
from watchkeeper_console.interface.dispatch import Handler, SocketHandler
from watchkeeper_console.interface.openapi import document
from watchkeeper_console.interface.table import ENDPOINTS
from watchkeeper_console.metrics import Metrics
from watchkeeper_console.overview.gather import Overview
from watchkeeper_console.overview.uptime import Uptime
from watchkeeper_console.provider.pending import PendingSignIns
from watchkeeper_console.provider.protocol import Protocol
from watchkeeper_console.routes.app_page import PREFIX, App
from watchkeeper_console.routes.dashboards import DashboardRoutes
from watchkeeper_console.routes.files import Files
from watchkeeper_console.routes.operations import OperationRoutes
from watchkeeper_console.routes.people import PeopleRoutes
from watchkeeper_console.routes.provider import CALLBACK, AtProvider, ProviderRoutes
from watchkeeper_console.routes.public import PublicRoutes
from watchkeeper_console.routes.queries import QueryRoutes
from watchkeeper_console.routes.sign_in import SignInRoutes
from watchkeeper_console.routes.stack import StackRoutes
from watchkeeper_console.runbooks import Runbooks
from watchkeeper_console.settings import Settings
from watchkeeper_console.tenancy.confine import Confinement
from watchkeeper_console.upstreams.client import Client
from watchkeeper_console.upstreams.proxy import Proxy
from watchkeeper_console.upstreams.tail import Tail

_API_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What handlers are made of."""

    settings: Settings
    people: People
    metrics: Metrics
    client: Client
    cookies: Cookies
    database: sqlite3.Connection
    now: Clock
    steady: Clock


def handlers(scene: Scene) -> Mapping[str, Handler]:
    """By the names in the table."""
    return {**_pages_and_people(scene), **_stack(scene)}


def _pages_and_people(scene: Scene) -> Mapping[str, Handler]:
    settings, people = scene.settings, scene.people
    files, app = Files(), App(public_status=settings.public_status is not None)
    signing = SignInRoutes(settings=settings, files=files, people=people, cookies=scene.cookies, metrics=scene.metrics)
    persons = PeopleRoutes(people=people, cookies=scene.cookies)
    provider = ProviderRoutes(at=_at_provider(scene), people=people, cookies=scene.cookies, sign_in=signing)
    operations = OperationRoutes(sessions=people.sessions, metrics=scene.metrics)

    async def file(request: Request) -> Response:
        name: str = request.path_params["name"]
        return await (app.file(request, name.removeprefix(PREFIX)) if name.startswith(PREFIX) else files.serve(request))

    async def openapi(request: Request) -> Response:
        return JSONResponse(document(ENDPOINTS, version=_API_VERSION, url=str(settings.public_url)))

    return {
        "app": app.page,
        "app.public": app.public_page,
        "file": file,
        "login.page": signing.show,
        "login.submit": signing.submit,
        "provider.begin": provider.begin,
        "provider.end": provider.end,
        "healthy": operations.healthy,
        "ready": operations.ready,
        "health": operations.health,
        "metrics": operations.expose,
        "robots": operations.robots,
        "openapi": openapi,
        "session": signing.session,
        "logout": signing.sign_out,
        "password": persons.change_password,
        "users.list": persons.list_users,
        "users.create": persons.create_user,
        "users.change": persons.change_user,
        "users.delete": persons.delete_user,
        "tokens.list": persons.list_tokens,
        "tokens.create": persons.create_token,
        "tokens.delete": persons.delete_token,
        "audit": persons.read_audit,
    }


def _stack(scene: Scene) -> Mapping[str, Handler]:
    settings, client, audit = scene.settings, scene.client, scene.people.audit
    overview, runbooks = Overview(client, settings, scene.now), Runbooks(settings.runbooks)
    stack = StackRoutes(settings=settings, client=client, overview=overview, runbooks=runbooks)
    public = PublicRoutes(uptime=Uptime(client, settings, scene.now))
    dashboards = DashboardRoutes(
        provisioned=ProvisionedFolder(settings.dashboards), imported=Imported(scene.database, scene.now), audit=audit
    )
    confinement = Confinement(settings.organisation_label)
    queries = QueryRoutes(settings=settings, client=client, confinement=confinement)
    proxy = Proxy(client, settings.upstreams, confinement, audit)
    return {
        "overview": stack.read_overview,
        "sources": stack.all_sources,
        "source": stack.one_source,
        "query": queries.batch,
        "proof": stack.read_proof,
        "notifications": stack.notifications,
        "runbooks.list": stack.list_runbooks,
        "runbooks.read": stack.read_runbook,
        "public_status": public.status,
        "dashboards.list": dashboards.list,
        "dashboards.save": dashboards.save,
        "dashboards.read": dashboards.read,
        "dashboards.versions": dashboards.versions,
        "dashboards.delete": dashboards.delete,
        "proxy": proxy.forward,
    }


def _at_provider(scene: Scene) -> AtProvider | None:
    provider = scene.settings.provider
    if provider is None:
        return None
    protocol = Protocol(scene.client, provider, f"{scene.settings.public_url}{CALLBACK}", scene.now)
    return AtProvider(provider=provider, protocol=protocol, pending=PendingSignIns(scene.steady))


def socket_handlers(scene: Scene) -> Mapping[str, SocketHandler]:
    """The same for websockets."""
    return {
        "tail": Tail(scene.settings.upstreams.get("logs"), Confinement(scene.settings.organisation_label), scene.people).serve
    }
