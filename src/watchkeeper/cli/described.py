"""From the file on disk to a plan: the beginning of nearly every command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from watchkeeper.catalogue.scene import Offer, ScrapeOffer
from watchkeeper.cli.flags import environments
from watchkeeper.cli.screen import note
from watchkeeper.plan.model import Plan
from watchkeeper.plan.pins import read_pins
from watchkeeper.plan.resolve import Addition, resolve
from watchkeeper.spec import Document, load, with_environments, with_unchosen_checked
from watchkeeper.targets.native.warden_workload import WARDEN, warden_workload
from watchkeeper.workload.failure import Mistake, MistakesFound
from watchkeeper.workload.reference import ConnectUrl

USUAL_NAME = "watchkeeper.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the user wrote, and what was decided from it."""

    document: Document
    plan: Plan
    folder: Path


def read(file: Path | None) -> Document:
    """The description's text, understood, in the environments of this run; an empty one where no file is named and the usual
    one is missing.

    Raises MistakesFound when a named file cannot be read or is not YAML.
    """
    path = file or Path(USUAL_NAME)
    names = environments.get()
    beside = {name: _loaded(other) for name in names if (other := path.with_suffix(f".{name}{path.suffix}")).exists()}
    if file is None and not path.exists():
        note(f"no {USUAL_NAME} in this folder: using the preset core (watchkeeper init writes one)")
        document = load("", USUAL_NAME)
    else:
        document = _loaded(path)
    return with_environments(with_unchosen_checked(document, names), names, beside)


def _loaded(path: Path) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise MistakesFound(
            [
                Mistake(
                    file=str(path),
                    line=0,
                    column=0,
                    kind="unreadable-description",
                    message=f"cannot read {path}: {(reason or str(error)).lower()}",
                    hint="name another file with --file, or write one with watchkeeper init",
                )
            ]
        ) from error
    return load(text, str(path))


def planned(file: Path | None) -> Described:
    """Document and Plan. Raises MistakesFound with every mistake."""
    return planned_from(read(file))


def planned_from(document: Document) -> Described:
    """The Plan of a Document that is already in memory."""
    folder = Path(document.file).absolute().parent
    target = str(document.get(("target",)) or "native")
    beside = pins_beside(Path(document.file))
    pins = read_pins(_loaded(beside)) if beside.exists() else {}
    plan = resolve(document, folder=folder, additions=additions(target), pins=pins)
    return Described(document=document, plan=plan, folder=folder)


def pins_beside(description: Path) -> Path:
    """Where ``watchkeeper pin`` writes the digests of images."""
    return description.with_suffix(f".images{description.suffix}")


def additions(target: str) -> tuple[Addition, ...]:
    """The workloads that a target needs besides what the user asked for: bare processes have no engine that watches them."""
    if target != "native":
        return ()
    offer = Offer(
        scrapes=(ScrapeOffer(job=WARDEN, workload=WARDEN),),
        status_url=ConnectUrl(workload=WARDEN, endpoint="http", path="/api/status"),
    )
    return (Addition(workload=warden_workload(), offer=offer),)
