"""alertmanager.yml from the scene. Secrets only as files: Alertmanager expands no variables."""

from __future__ import annotations

from watchkeeper.catalogue.alertmanager.options import AlertmanagerOptions
from watchkeeper.catalogue.scene import Scene, WebhookReceiver
from watchkeeper.spec.quantities import format_duration
from watchkeeper.workload.reference import ConnectUrl, SecretPath, Structure

INBOX = "inbox"
CANARY = "canary"
CANARY_TOKEN = "canary-token"  # noqa: S105 - the secret's name, not its value


def configuration(options: AlertmanagerOptions, scene: Scene) -> Structure:
    """The whole file. Alerts that no route claims go to the user's default receiver, else to the inbox: never nowhere."""
    basics = scene.basics
    return {
        "global": {"resolve_timeout": "5m"},
        "route": {
            "receiver": basics.default_receiver or INBOX,
            "group_by": ["alertname", "job"],
            "group_wait": format_duration(options.group_wait),
            "group_interval": format_duration(options.group_interval),
            "repeat_interval": format_duration(options.repeat_interval),
            "routes": [
                {
                    "matchers": ['alertname="WatchkeeperCanary"'],
                    "receiver": CANARY,
                    "group_by": ["..."],
                    "group_wait": "0s",
                    "group_interval": "1s",
                    "repeat_interval": "1h",
                },
                *(
                    {"matchers": [str(matcher) for matcher in rule.match.matchers], "receiver": rule.receiver}
                    for rule in basics.route_rules
                ),
            ],
        },
        "inhibit_rules": [
            {
                "source_matchers": ['severity="critical"'],
                "target_matchers": ['severity="warning"'],
                "equal": ["alertname", "instance", "job"],
            }
        ],
        "receivers": [_receipts(CANARY), _receipts(INBOX), *(_webhook(receiver) for receiver in basics.receivers)],
    }


def _receipts(name: str) -> Structure:
    return {
        "name": name,
        "webhook_configs": [
            {
                "url": ConnectUrl(workload="canary", endpoint="http", path=f"/receivers/{name}"),
                "send_resolved": True,
                "http_config": {"authorization": {"type": "Bearer", "credentials_file": SecretPath(secret=CANARY_TOKEN)}},
            }
        ],
    }


def _webhook(receiver: WebhookReceiver) -> Structure:
    place: dict[str, Structure] = (
        {"url_file": SecretPath(secret=receiver.url_secret)} if receiver.url_secret else {"url": receiver.url}
    )
    return {"name": receiver.name, "webhook_configs": [{**place, "send_resolved": True}]}
