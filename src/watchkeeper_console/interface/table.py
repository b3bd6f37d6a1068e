"""Every endpoint of the console, but for what is passed on (``proxied``). Nothing answers that does not stand in ENDPOINTS."""

from __future__ import annotations

from watchkeeper_console.border.shapes import SWITCH, number, record, text
from watchkeeper_console.interface import told
from watchkeeper_console.interface.endpoint import Endpoint
from watchkeeper_console.interface.proxied import PROXIES
from watchkeeper_console.queries.question import BATCH

_HTML = "text/html"
_TEXT = "text/plain"
_NAME = {"name": told.USER_NAME}
_UID = {"uid": told.UID}
_LARGEST_DASHBOARD_BYTES = (4 << 20) + 4096
_SOURCE_NAME = text(32, pattern=r"[a-z]{1,32}", words="small letters only")
_APP = (
    ("/", "The status of the stack."),
    ("/dashboards", "The list of dashboards."),
    ("/d/{uid}", "A dashboard."),
    ("/d/{uid}/{slug}", "A dashboard, with its title in the address."),
    ("/import", "Importing a dashboard."),
    ("/explore", "Asking for metrics and logs."),
    ("/alerts", "Rules and what fires."),
    ("/alerts/silences", "Silences."),
    ("/alerts/groups", "Alerts as Alertmanager groups them."),
    ("/alerts/notifications", "What was notified."),
    ("/traces", "Searching traces."),
    ("/traces/{id}", "A trace."),
    ("/people", "Users and their roles."),
    ("/account", "One's own account."),
    ("/audit", "Who did what."),
    ("/runbooks", "The list of runbooks."),
    ("/runbooks/{name}", "A runbook."),
)

PAGES = (
    *(
        Endpoint(method="GET", path=path, access="viewer", name="app", summary=summary, kind="page", gives=_HTML)
        for path, summary in _APP
    ),
    Endpoint(method="GET", path="/login", access="open", name="login.page", summary="Signing in.", kind="page", gives=_HTML),
    Endpoint(method="POST", path="/login", access="open", name="login.submit", summary="Sign in.", kind="page", gives=_HTML),
    Endpoint(
        method="GET",
        path="/login/provider",
        access="open",
        name="provider.begin",
        summary="Sign in at the identity provider.",
        kind="page",
        gives=_HTML,
    ),
    Endpoint(
        method="GET",
        path="/login/callback",
        access="open",
        name="provider.end",
        summary="Where the identity provider sends people back to.",
        kind="page",
        gives=_HTML,
    ),
    Endpoint(
        method="GET",
        path="/public/status",
        access="open",
        name="app.public",
        summary="The public status page.",
        kind="page",
        gives=_HTML,
    ),
    Endpoint(
        method="GET",
        path="/static/{name:path}",
        access="open",
        name="file",
        summary="Files of the pages.",
        kind="file",
        gives="*/*",
    ),
)

OPERATIONS = (
    Endpoint(
        method="GET", path="/-/healthy", access="open", name="healthy", summary="It lives.", kind="operation", gives=_TEXT
    ),
    Endpoint(method="GET", path="/-/ready", access="open", name="ready", summary="It can work.", kind="operation", gives=_TEXT),
    Endpoint(
        method="GET", path="/metrics", access="open", name="metrics", summary="Its own metrics.", kind="operation", gives=_TEXT
    ),
    Endpoint(
        method="GET", path="/robots.txt", access="open", name="robots", summary="For crawlers.", kind="operation", gives=_TEXT
    ),
    Endpoint(
        method="GET",
        path="/api/health",
        access="open",
        name="health",
        summary="The same as /-/ready, for clients that expect Grafana's.",
        gives=told.OBJECT,
        may=(503,),
    ),
    Endpoint(
        method="GET", path="/api/openapi.json", access="viewer", name="openapi", summary="This document.", gives=told.OBJECT
    ),
)

STACK = (
    Endpoint(
        method="GET",
        path="/api/overview",
        access="viewer",
        name="overview",
        summary="Everything on the status page.",
        gives=told.OBJECT,
    ),
    Endpoint(
        method="GET",
        path="/api/datasources/health",
        access="viewer",
        name="sources",
        summary="Whether the upstreams answer real questions rightly; 503 where one does not.",
        gives=told.OBJECT,
        may=(503,),
    ),
    Endpoint(
        method="GET",
        path="/api/datasources/{name}/health",
        access="viewer",
        name="source",
        summary="The same for one of them.",
        path_parameters={"name": _SOURCE_NAME},
        gives=told.SOURCE,
        may=(404, 503),
    ),
    Endpoint(
        method="POST",
        path="/api/query",
        access="viewer",
        name="query",
        summary="Many queries at once; a line of JSON for each, in order of completion.",
        body=BATCH,
        gives="application/x-ndjson",
        may=(409,),
    ),
    Endpoint(
        method="GET",
        path="/api/proof",
        access="viewer",
        name="proof",
        summary="The latest report of watchkeeper verify.",
        gives=told.OBJECT,
        may=(404, 502),
        also_bound=False,
    ),
    Endpoint(
        method="GET",
        path="/api/notifications",
        access="viewer",
        name="notifications",
        summary="What Alertmanager sent, as far as anybody noted it; the newest first.",
        parameters={"limit": number(1, 1000, whole=True)},
        gives=told.NOTIFICATIONS,
        also_bound=False,
    ),
    Endpoint(
        method="GET",
        path="/api/runbooks",
        access="viewer",
        name="runbooks.list",
        summary="The runbooks.",
        gives=told.several("runbooks", told.LISTED_RUNBOOK),
    ),
    Endpoint(
        method="GET",
        path="/api/runbooks/{name}",
        access="viewer",
        name="runbooks.read",
        summary="One runbook as Markdown.",
        path_parameters={"name": told.RUNBOOK},
        gives=told.GIVEN_RUNBOOK,
        may=(404,),
    ),
    Endpoint(
        method="GET",
        path="/api/public/status",
        access="open",
        name="public_status",
        summary="Uptime of the probed services over 90 days; 404 unless switched on.",
        gives=told.PUBLIC_STATUS,
        may=(404, 502, 504),
    ),
)

DASHBOARDS = (
    Endpoint(
        method="GET",
        path="/api/dashboards",
        access="viewer",
        name="dashboards.list",
        summary="The dashboards that came with the stack and those that people imported, by title.",
        gives=told.several("dashboards", told.LISTED_DASHBOARD),
    ),
    Endpoint(
        method="POST",
        path="/api/dashboards",
        access="editor",
        name="dashboards.save",
        summary="Import a dashboard in Grafana's JSON (classic or v2), or a new version of one.",
        body=told.NEW_DASHBOARD,
        body_limit_bytes=_LARGEST_DASHBOARD_BYTES,
        gives=record({"uid": told.UID, "version": told.COUNT}),
        may=(409, 413),
        also_bound=False,
    ),
    Endpoint(
        method="GET",
        path="/api/dashboards/{uid}",
        access="viewer",
        name="dashboards.read",
        summary="One dashboard.",
        path_parameters=_UID,
        parameters={"version": number(1, 1_000_000, whole=True)},
        gives=told.GIVEN_DASHBOARD,
        may=(404,),
    ),
    Endpoint(
        method="GET",
        path="/api/dashboards/{uid}/versions",
        access="viewer",
        name="dashboards.versions",
        summary="The kept versions of an imported dashboard, the newest first.",
        path_parameters=_UID,
        gives=told.several("versions", told.DASHBOARD_VERSION),
        may=(404,),
    ),
    Endpoint(
        method="DELETE",
        path="/api/dashboards/{uid}",
        access="editor",
        name="dashboards.delete",
        summary="Delete an imported dashboard.",
        path_parameters=_UID,
        gives=told.DONE,
        may=(404, 409),
        also_bound=False,
    ),
)

PEOPLE = (
    Endpoint(
        method="GET",
        path="/api/session",
        access="viewer",
        name="session",
        summary="Who is signed in, and the token that changes need in X-Watchkeeper-Token.",
        gives=told.SESSION,
    ),
    Endpoint(
        method="POST",
        path="/api/logout",
        access="viewer",
        name="logout",
        summary="End this session, or all of the account's.",
        body=record({}, {"everywhere": SWITCH}),
        gives=told.DONE,
    ),
    Endpoint(
        method="POST",
        path="/api/password",
        access="viewer",
        name="password",
        summary="Change one's own password; every other session of the account ends.",
        body=told.CHANGED_PASSWORD,
        gives=told.DONE,
        may=(409, 429),
    ),
    Endpoint(
        method="GET",
        path="/api/users",
        access="admin",
        name="users.list",
        summary="Every account.",
        gives=told.several("users", told.ACCOUNT),
    ),
    Endpoint(
        method="POST",
        path="/api/users",
        access="admin",
        name="users.create",
        summary="Let somebody in.",
        body=told.NEW_ACCOUNT,
        gives=told.ACCOUNT,
        status=201,
        may=(409, 429),
    ),
    Endpoint(
        method="PATCH",
        path="/api/users/{name}",
        access="admin",
        name="users.change",
        summary="Change a role, an organisation or a password, or shut an account out.",
        path_parameters=_NAME,
        body=told.CHANGED_ACCOUNT,
        gives=told.ACCOUNT,
        may=(404, 409, 429),
    ),
    Endpoint(
        method="DELETE",
        path="/api/users/{name}",
        access="admin",
        name="users.delete",
        summary="Delete an account with its sessions and tokens.",
        path_parameters=_NAME,
        gives=told.DONE,
        may=(404, 409),
    ),
    Endpoint(
        method="GET",
        path="/api/tokens",
        access="viewer",
        name="tokens.list",
        summary="One's own API tokens; an administrator may ask for another user's.",
        parameters={"user": told.USER_NAME},
        gives=told.several("tokens", told.TOKEN),
        may=(404,),
    ),
    Endpoint(
        method="POST",
        path="/api/tokens",
        access="viewer",
        name="tokens.create",
        summary="A new API token; its text is told this once.",
        body=told.NEW_TOKEN,
        gives=told.GIVEN_TOKEN,
        status=201,
        may=(409,),
    ),
    Endpoint(
        method="DELETE",
        path="/api/tokens/{id}",
        access="viewer",
        name="tokens.delete",
        summary="Take an API token back; an administrator may take anybody's.",
        path_parameters={"id": told.TOKEN_ID},
        gives=told.DONE,
        may=(404,),
    ),
    Endpoint(
        method="GET",
        path="/api/audit",
        access="admin",
        name="audit",
        summary="Who did what, the newest first; ask on with before = the last id.",
        parameters={"limit": number(1, 1000, whole=True), "before": number(1, 1 << 53, whole=True)},
        gives=told.several("entries", told.AUDIT_ENTRY, {"next": {"type": ["integer", "null"]}}),
    ),
)

ENDPOINTS: tuple[Endpoint, ...] = (*PAGES, *OPERATIONS, *STACK, *DASHBOARDS, *PEOPLE, *PROXIES)
