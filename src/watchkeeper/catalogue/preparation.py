"""Our own program that does for a bare process what the entry point of an image does for a container."""

from __future__ import annotations

from watchkeeper.workload.software import OwnPackage, Software

PREPARATION = Software(
    name="preparation",
    main="watchkeeper_prepare",
    licence="Apache-2.0",
    homepage="",
    sources=(OwnPackage(module="watchkeeper_prepare"),),
)
"""It reads the same environment variables that the image's entry point reads (see ``watchkeeper_prepare``)."""
