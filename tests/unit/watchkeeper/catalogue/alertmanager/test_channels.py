from __future__ import annotations

from typing import Any

from watchkeeper.catalogue.alertmanager.channels import receiver
from watchkeeper.catalogue.alertmanager.picture import as_svg, as_text
from watchkeeper.catalogue.routing import (
    Channel,
    EmailChannel,
    PagerDutyChannel,
    RelayChannel,
    RouteReceiver,
    SlackChannel,
    WebhookChannel,
)
from watchkeeper.workload.reference import ConnectUrl, SecretPath


def rendered(*channels: Channel) -> Any:
    return receiver(RouteReceiver(name="ops", channels=channels))


def test_mail_wants_tls_and_takes_its_password_from_a_file() -> None:
    mail = EmailChannel(to=("a@x", "b@x"), sender="w@x", smarthost="mail:587", user="w", password="pw", ca="ca")
    settings = rendered(mail)["email_configs"][0]
    assert settings["to"] == "a@x, b@x"
    assert settings["require_tls"] is True
    assert settings["auth_password_file"] == SecretPath(secret="pw")
    assert settings["tls_config"] == {"ca_file": SecretPath(secret="ca")}


def test_slack_and_pagerduty_take_their_secrets_from_files() -> None:
    settings = rendered(SlackChannel(url="u", channel="#x"), PagerDutyChannel(routing_key="k", url="http://x/v2/enqueue"))
    assert settings["slack_configs"][0]["api_url_file"] == SecretPath(secret="u")
    assert settings["slack_configs"][0]["channel"] == "#x"
    assert settings["pagerduty_configs"][0]["routing_key_file"] == SecretPath(secret="k")
    assert settings["pagerduty_configs"][0]["url"] == "http://x/v2/enqueue"


def test_addresses_in_files_and_teams_lead_through_the_canary() -> None:
    """Alertmanager 0.25 has neither url_file nor msteams_configs."""
    settings = rendered(RelayChannel(name="ops-teams", kind="teams", url="t"), WebhookChannel(url="http://x/alerts"))
    relayed, plain = settings["webhook_configs"]
    assert relayed["url"] == ConnectUrl(workload="canary", endpoint="http", path="/relays/ops-teams")
    assert plain == {"url": "http://x/alerts", "send_resolved": True}
    assert set(settings) == {"name", "webhook_configs"}


def test_only_secrets_that_alertmanager_reads_are_given_to_it() -> None:
    channels = (SlackChannel(url="s"), RelayChannel(name="r", kind="webhook", url="w"), WebhookChannel(url="http://x"))
    assert RouteReceiver(name="ops", channels=channels).secrets() == ("s",)


TREE: dict[str, Any] = {
    "route": {
        "receiver": "a",
        "routes": [
            {"matchers": ['x="1"'], "receiver": "b", "routes": [{"matchers": ["y<z"], "receiver": "c", "group_wait": "5m"}]},
            {"matchers": ['x="2"'], "receiver": "d", "continue": True},
        ],
    }
}


def test_the_tree_is_shown_in_the_order_in_which_it_is_tried() -> None:
    assert as_text(TREE).splitlines() == [
        "everything else → a",
        '├─ x="1" → b',
        "│  └─ y<z → c  (waits 5m)",
        '└─ x="2" → d  and on',
    ]


def test_the_drawing_holds_every_route_and_escapes_what_it_shows() -> None:
    drawing = as_svg(TREE)
    assert drawing.count("<text ") == 4
    assert "y&lt;z" in drawing
