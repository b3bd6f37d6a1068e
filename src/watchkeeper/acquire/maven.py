"""Jars from Maven Central: resolved and fetched by the machine's own Maven, run by its own Java.

Maven does the work with its own settings, so mirrors and proxies hold and none is named here; with strict checksums a damaged
download is refused.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.sax.saxutils import escape

from watchkeeper.acquire.cache import Cache, Entry, Manifest, key_of
from watchkeeper.acquire.command import run
from watchkeeper.acquire.model import Machine, ServiceUser, SourceFailed
from watchkeeper.acquire.reach import obstacle
from watchkeeper.acquire.version import find
from watchkeeper.workload.progress import Event, Reporter
from watchkeeper.workload.software import MavenArtifacts, Software

JARS = "jars"
FETCH_TIMEOUT_S = 600.0
_VERSION_TIMEOUT_S = 20.0
_JAVA_VERSION = r'version "(\d+(?:\.\d+)*)'
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"


def artifacts_key(source: MavenArtifacts) -> str:
    """The cache key: exactly these artifacts."""
    return key_of(source.artifacts)


async def find_java(source: MavenArtifacts, *, machine: Machine, user: ServiceUser | None) -> Path:
    """The Java on PATH, if it is new enough and the service user can run it. Raises SourceFailed."""
    found = shutil.which("java", path=machine.search_path)
    if not found:
        raise SourceFailed(f"this machine has no java; Kafka needs version {source.java_at_least} or later")
    if reason := obstacle(Path(found), user, execute=True):
        raise SourceFailed(reason)
    finished = await run([found, "-version"], timeout_s=_VERSION_TIMEOUT_S, user=user)
    version = find(_JAVA_VERSION, finished.text)
    if not version:
        raise SourceFailed(f"{found} does not tell its version")
    if int(version.split(".")[0]) < source.java_at_least:
        raise SourceFailed(f"{found} is version {version}; {source.java_at_least} or later is needed")
    return Path(found)


async def fetch(software: Software, source: MavenArtifacts, *, cache: Cache, machine: Machine, report: Reporter) -> Entry:
    """The jars as a cache entry. The caller holds the cache's lock. Raises SourceFailed."""
    maven = shutil.which("mvn", path=machine.search_path)
    if not maven:
        raise SourceFailed("this machine has no mvn")
    report(Event(subject=software.name, state="downloading", detail=source.artifacts[0]))
    with cache.incoming(software.name) as folder:
        (folder / "pom.xml").write_text(_project(source), encoding="utf-8")
        finished = await run(
            [
                *(maven, "--batch-mode", "--strict-checksums", "--file", folder / "pom.xml"),
                *(f"-Dmaven.repo.local={cache.root / 'maven'}", _PLUGIN),
                *("-DincludeScope=runtime", f"-DoutputDirectory={folder / 'tree' / JARS}"),
            ],
            timeout_s=FETCH_TIMEOUT_S,
            folder=folder,
        )
        if finished.code:
            said = [line for line in finished.lines if "ERROR" in line]
            raise SourceFailed(f"mvn cannot fetch {source.artifacts[0]}: {'; '.join(said[:2])[:400]}")
        (folder / "pom.xml").unlink()
        # what Maven keeps besides is as large as the jars, and made again when another version is asked for
        shutil.rmtree(cache.root / "maven", ignore_errors=True)
        return cache.publish(
            folder,
            Manifest(
                software=software.name,
                version=source.version,
                key=artifacts_key(source),
                origin=f"{source.artifacts[0]} from Maven Central",
            ),
        )


def _project(source: MavenArtifacts) -> str:
    """The smallest project that depends on the artifacts."""
    dependencies = []
    for artifact in source.artifacts:
        group, name, version = (escape(part) for part in artifact.split(":"))
        dependencies.append(
            f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>watchkeeper</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>"
        f"<dependencies>{''.join(dependencies)}</dependencies></project>"
    )
