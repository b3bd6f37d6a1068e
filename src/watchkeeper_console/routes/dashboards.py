"""Listing, reading, importing and deleting dashboards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchkeeper_console.border.answers import Refusal
from watchkeeper_console.border.gate import client_address, viewer_of
from watchkeeper_console.border.shapes import BadRequest
from watchkeeper_console.dashboards.document import NotADashboard, listing_of, pack
from watchkeeper_console.dashboards.folder import ProvisionedFolder
from watchkeeper_console.dashboards.imported import Exists, Full, Imported
from watchkeeper_console.identity.audit import Audit
from watchkeeper_console.interface.dispatch import given_to


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardRoutes:
    """Provisioned ones win over imported ones of the same uid: what the description says is what is shown."""

    provisioned: ProvisionedFolder
    imported: Imported
    audit: Audit

    async def list(self, request: Request) -> Response:
        """``GET /api/dashboards``, sorted by title."""
        provisioned = await anyio.to_thread.run_sync(self.provisioned.all)
        entries: list[dict[str, Any]] = [
            {
                "uid": listing.uid,
                "title": listing.title,
                "description": listing.description,
                "tags": listing.tags,
                "folder": folder,
                "provisioned": True,
                "updated_at": at,
            }
            for listing, folder, at in provisioned.values()
        ]
        entries += [
            {
                "uid": kept.listing.uid,
                "title": kept.listing.title,
                "description": kept.listing.description,
                "tags": kept.listing.tags,
                "folder": kept.folder,
                "provisioned": False,
                "updated_at": kept.updated_at,
            }
            for kept in self.imported.all()
            if kept.listing.uid not in provisioned
        ]
        entries.sort(key=lambda entry: (entry["title"].casefold(), entry["uid"]))
        return JSONResponse({"dashboards": entries})

    async def read(self, request: Request) -> Response:
        """``GET /api/dashboards/{uid}``."""
        uid: str = request.path_params["uid"]
        version = given_to(request).parameters.get("version")
        found = await anyio.to_thread.run_sync(self.provisioned.read, uid)
        if found is not None and version in {None, 1}:
            content, folder, at = found
            meta = {"uid": uid, "provisioned": True, "folder": folder, "version": 1, "updated_at": at, "updated_by": ""}
            return _given(meta, content)
        kept = self.imported.find(uid) if found is None else None
        content_or_none = self.imported.read(uid, int(version) if version is not None else None) if kept else None
        if kept is None or content_or_none is None:
            raise Refusal(404, "not_found", "cannot find a dashboard of this uid" + (" and version" if version else ""))
        meta = {
            "uid": uid,
            "provisioned": False,
            "folder": kept.folder,
            "version": int(version or kept.version),
            "updated_at": kept.updated_at,
            "updated_by": kept.updated_by,
        }
        return _given(meta, content_or_none)

    async def versions(self, request: Request) -> Response:
        """``GET /api/dashboards/{uid}/versions``."""
        found = self.imported.versions(request.path_params["uid"])
        if not found:
            raise Refusal(404, "not_found", "cannot find an imported dashboard of this uid")
        entries = [{"version": version, "saved_at": at, "saved_by": by} for version, at, by in found]
        return JSONResponse({"versions": entries})

    async def save(self, request: Request) -> Response:
        """``POST /api/dashboards``."""
        body, viewer = given_to(request).body, viewer_of(request)
        try:
            listing = listing_of(body["dashboard"])
            content = pack(body["dashboard"])
        except NotADashboard as error:
            raise BadRequest(str(error)) from error
        if listing.uid in await anyio.to_thread.run_sync(self.provisioned.all):
            message = f"cannot replace {listing.uid}: it came with the stack; import yours under another uid"
            raise Refusal(409, "conflict", message)
        try:
            version = self.imported.save(
                listing, content, folder=body.get("folder", ""), by=viewer.account, overwrite=body.get("overwrite", False)
            )
        except Exists as error:
            message = f"cannot import {listing.uid}: there is one already; say overwrite to make this its new version"
            raise Refusal(409, "conflict", message) from error
        except Full as error:
            raise Refusal(409, "conflict", "cannot keep more dashboards; delete some first") from error
        self.audit.note(
            "dashboard.save",
            actor=viewer.account,
            address=client_address(request),
            subject=listing.uid,
            detail=f"version {version}",
        )
        return JSONResponse({"uid": listing.uid, "version": version})

    async def delete(self, request: Request) -> Response:
        """``DELETE /api/dashboards/{uid}``."""
        uid, viewer = request.path_params["uid"], viewer_of(request)
        if uid in await anyio.to_thread.run_sync(self.provisioned.all):
            raise Refusal(409, "conflict", f"cannot delete {uid}: it came with the stack")
        if self.imported.find(uid) is None:
            raise Refusal(404, "not_found", "cannot find a dashboard of this uid")
        self.imported.delete(uid)
        self.audit.note("dashboard.delete", actor=viewer.account, address=client_address(request), subject=uid)
        return JSONResponse({"status": "success", "message": "deleted"})


def _given(meta: dict[str, Any], content: bytes) -> Response:
    """The dashboard as it was kept, without being parsed and written again."""
    body = b'{"meta":' + json.dumps(meta).encode() + b',"dashboard":' + content + b"}"
    return Response(body, media_type="application/json")
