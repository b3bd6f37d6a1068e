"""alertmanager.yml and its templates from the scene. Secrets only as files: Alertmanager expands no variables."""

from __future__ import annotations

from importlib.resources import files

from watchkeeper.catalogue.alertmanager.channels import receiver, through_canary
from watchkeeper.catalogue.alertmanager.inhibition import inhibit_rules
from watchkeeper.catalogue.alertmanager.options import AlertmanagerOptions
from watchkeeper.catalogue.alertmanager.tree import tree
from watchkeeper.catalogue.routing import CANARY, INBOX, WeekTimes
from watchkeeper.catalogue.scene import Scene
from watchkeeper.workload.reference import ConfigPath, Structure, Text, text

FILE = "alertmanager.yml"
TEMPLATES = "watchkeeper.tmpl"


def configuration(options: AlertmanagerOptions, scene: Scene) -> Structure:
    """The whole file. Alerts that nobody claims go to the default receiver, without one to the inbox: never nowhere."""
    routing = scene.basics.routing
    return {
        "global": {"resolve_timeout": "5m"},
        "templates": [ConfigPath(file=TEMPLATES)],
        "route": tree(options, routing),
        **({"time_intervals": [_times(times) for times in routing.times]} if routing.times else {}),
        "inhibit_rules": inhibit_rules(routing),
        "receivers": [
            through_canary(CANARY, f"/receivers/{CANARY}"),
            through_canary(INBOX, f"/receivers/{INBOX}"),
            *(receiver(told) for told in routing.receivers),
        ],
    }


def templates(scene: Scene) -> Text:
    """The notification templates, with the console's address in each of its places; empty where there is no console."""
    written = (files("watchkeeper.catalogue") / "alertmanager" / TEMPLATES).read_text("utf-8")
    first, *others = written.split("__CONSOLE_URL__")
    address = scene.console_url() or ""
    return text(first, *(part for other in others for part in (address, other)))


def _times(times: WeekTimes) -> Structure:
    part: Structure = {
        "weekdays": list(times.days),
        "times": [{"start_time": times.start, "end_time": times.end}],
        "location": times.time_zone,
    }
    return {"name": times.name, "time_intervals": [part]}
