"""Rules for ``alertmanager.yml`` about receivers: whether a notification can arrive, and where its secrets are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject
from watchkeeper.lint.walk import below, each, items, last_name, mappings
from watchkeeper.spec.document import Data, KeyPath

_VARIABLE = re.compile(r"\$\{[A-Za-z_]\w*\}|\$[A-Z][A-Z0-9_]+\b")
_PLACEHOLDER = re.compile(
    r"//(?:[\w-]+\.)*example\.(?:com|org|net)\b|\bYOUR[_-][A-Z_-]+|<[a-z_-]*(?:your|token|key|url|webhook)[a-z_-]*>"
    r"|\bchange[_-]?me\b|\bx{4,}\b|T00000000|placeholder|\breplace[_-]?me\b",
    re.IGNORECASE,
)
_DESTINATIONS = frozenset(
    {"url", "api_url", "webhook_url", "routing_key", "service_key", "to", "api_key", "smarthost", "token", "user_key"}
)
_SECRETS = frozenset({
    "auth_password", "smtp_auth_password", "routing_key", "service_key", "api_key", "api_secret", "password", "token",
    "user_key", "slack_api_url", "opsgenie_api_key", "victorops_api_key", "bot_token", "credentials", "bearer_token",
    "webhook_url",
})  # fmt: skip


def _integrations(subject: Subject) -> Iterator[tuple[KeyPath, str, dict[str, Data]]]:
    """(path, kind such as ``slack``, settings) of each integration of each receiver."""
    for path, receiver in each(subject.document, "receivers", "*"):
        for key, entries in mappings(receiver).items():
            if key.endswith("_configs"):
                for index, entry in enumerate(items(entries)):
                    yield (*path, key, index), key.removesuffix("_configs"), mappings(entry)


def _environment(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if isinstance(value, str) and (found := _VARIABLE.search(value)) and "{{" not in value.split(found[0])[0]:
            yield Hit(
                path,
                f"cannot expand {found[0]}: Alertmanager expands no environment variables, here the text is taken as it stands",
            )


def _both_pager_keys(subject: Subject) -> Iterator[Hit]:
    for path, kind, settings in _integrations(subject):
        routing, service = ({f"{name}", f"{name}_file"} & set(settings) for name in ("routing_key", "service_key"))
        if kind == "pagerduty" and routing and service:
            yield Hit((*path, sorted(service)[0]), "cannot use routing_key and service_key together", key=True)


def _old_pager_key(subject: Subject) -> Iterator[Hit]:
    for path, kind, settings in _integrations(subject):
        if (
            kind == "pagerduty"
            and {"service_key", "service_key_file"} & set(settings)
            and not any("routing_key" in name for name in settings)
        ):
            yield Hit(
                (*path, next(name for name in settings if name.startswith("service_key"))),
                "cannot use an Events API v2 integration with service_key: it is for the older kind",
                key=True,
            )


def _placeholder(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if (
            isinstance(value, str)
            and last_name(path) in _DESTINATIONS | {"slack_api_url", "smtp_smarthost"}
            and _PLACEHOLDER.search(value)
        ):
            yield Hit(path, f"cannot reach anybody: {last_name(path)} is a placeholder")


def _nobody_told(subject: Subject) -> Iterator[Hit]:
    root = mappings(subject.document.data.get("route")).get("receiver")
    for path, receiver in each(subject.document, "receivers", "*"):
        settings = mappings(receiver)
        reached = any(key.endswith("_configs") and items(value) for key, value in settings.items())
        if settings.get("name") == root and not reached:
            yield Hit(
                (*path, "name"),
                f"cannot tell anybody: the default receiver {root} has no integration, and takes all that no route matches",
            )


def _secret_in_file(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if not isinstance(value, str) or not value or _VARIABLE.search(value) or _PLACEHOLDER.search(value):
            continue
        slack = len(path) > 1 and path[-1] == "api_url" and "slack_configs" in path
        if path and (path[-1] in _SECRETS or slack):
            yield Hit(path, f"cannot keep {path[-1]} secret: it stands in the configuration")


def _missing_secret_file(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if (
            path
            and str(path[-1]).endswith("_file")
            and isinstance(value, str)
            and subject.around.exists(subject.document.file, value) is False
        ):
            yield Hit(path, f"cannot find {value}: it is read when a notification is sent, so that no check at start sees this")


def _never_resolved(subject: Subject) -> Iterator[Hit]:
    for path, kind, settings in _integrations(subject):
        if kind in {"pagerduty", "opsgenie", "victorops"} and settings.get("send_resolved") is False:
            yield Hit(
                (*path, "send_resolved"), f"cannot close incidents in {kind}: they stay open until somebody closes them by hand"
            )


def _no_mail_server(subject: Subject) -> Iterator[Hit]:
    default = mappings(subject.document.data.get("global"))
    for path, kind, settings in _integrations(subject):
        if kind == "email" and "smarthost" not in settings and "smtp_smarthost" not in default:
            yield Hit(
                path, "cannot send mail: neither smarthost nor global.smtp_smarthost is set; Alertmanager refuses to start"
            )


def _mail_without_tls(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if path and path[-1] in {"require_tls", "smtp_require_tls"} and value is False:
            yield Hit(path, "cannot keep the mail password secret on the way: TLS is switched off")


def _old_teams(subject: Subject) -> Iterator[Hit]:
    for path, kind, _ in _integrations(subject):
        if kind == "msteams":
            yield Hit(path, "cannot deliver to Teams: Microsoft has retired the connectors that msteams_configs speaks to")


def _received(integration: str, extra: str = "") -> str:
    return f"route: {{receiver: team}}\nreceivers:\n  - name: team\n    {integration}\n{extra}"


_HOOK = "webhook_configs: [{url: 'http://localhost:9000/'}]"

DELIVERY_RULES = (
    Rule(
        id="WK-AM-011", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR,
        what="An environment variable.",
        why="Alertmanager expands none. The mail goes to an address called ${ALERT_EMAIL}, the password is ${SMTP_PASSWORD}.",
        fix="use the *_file form for secrets, and render the rest before Alertmanager reads it",
        check=_environment,
        good=_received("pagerduty_configs: [{routing_key_file: /run/secrets/pagerduty}]"),
        bad=_received("webhook_configs: [{url: 'http://${HOOK_HOST}/'}]"),
    ),
    Rule(
        id="WK-AM-012", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR,
        what="routing_key and service_key together.",
        why="They belong to two APIs of PagerDuty; Alertmanager refuses both at once.",
        fix="keep routing_key (Events API v2)",
        check=_both_pager_keys,
        good=_received("pagerduty_configs: [{routing_key_file: /run/secrets/pagerduty}]"),
        bad=_received("pagerduty_configs: [{routing_key_file: /run/secrets/new, service_key_file: /run/secrets/old}]"),
    ),
    Rule(
        id="WK-AM-013", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="service_key for PagerDuty.",
        why="It is for the older Prometheus integration. An Events API v2 key there is refused, and nobody is paged.",
        fix="use routing_key_file with an Events API v2 integration",
        check=_old_pager_key,
        good=_received("pagerduty_configs: [{routing_key_file: /run/secrets/pagerduty}]"),
        bad=_received("pagerduty_configs: [{service_key_file: /run/secrets/pagerduty}]"),
    ),
    Rule(
        id="WK-AM-014", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR,
        what="A receiver with a placeholder.",
        why="Copied from an example and never filled in: every notification fails, and only the log says so.",
        fix="put the real destination in, best through a *_file key",
        check=_placeholder,
        good=_received(_HOOK),
        bad=_received("webhook_configs: [{url: 'https://example.com/hooks/alerts'}]"),
    ),
    Rule(
        id="WK-AM-015", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR,
        what="A default receiver that tells nobody.",
        why="Whatever no route matches, such as an alert with a mistyped label, disappears.",
        fix="give the root route a receiver that reaches a person, and drop noise with explicit routes",
        check=_nobody_told, good=_received(_HOOK), bad="route: {receiver: 'null'}\nreceivers:\n  - name: 'null'\n",
    ),
    Rule(
        id="WK-AM-016", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="A secret in the configuration.",
        why="The file is copied, backed up and put under version control; the secret with it.",
        fix="use the *_file form of the key",
        check=_secret_in_file,
        good=_received("slack_configs: [{api_url_file: /run/secrets/slack, channel: '#alerts'}]"),
        bad=_received("slack_configs: [{api_url: 'https://hooks.slack.com/services/T1/B1/abc', channel: '#alerts'}]"),
    ),
    Rule(
        id="WK-AM-017", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR,
        what="A secret file that does not exist.",
        why="Files are read at notify time: amtool check-config passes, and the first alert is lost.",
        fix="create the file, readable for Alertmanager and not empty",
        check=_missing_secret_file,
        good=_received("pagerduty_configs: [{routing_key_file: /run/secrets/pagerduty}]"),
        bad=_received("pagerduty_configs: [{routing_key_file: secrets/pagerduty}]"),
    ),
    Rule(
        id="WK-AM-018", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="send_resolved: false for an incident tool.",
        why="Incidents stay open, and the next alert with the same key is folded into a closed problem without paging.",
        fix="remove send_resolved",
        check=_never_resolved,
        good=_received("pagerduty_configs: [{routing_key_file: /run/secrets/pagerduty}]"),
        bad=_received("pagerduty_configs: [{routing_key_file: /run/secrets/pagerduty, send_resolved: false}]"),
    ),
    Rule(
        id="WK-AM-019", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR,
        what="Mail without a mail server.",
        why="Alertmanager refuses to start.",
        fix="set global.smtp_smarthost and smtp_from",
        check=_no_mail_server,
        good=_received("email_configs: [{to: ops@shop.internal}]",
        "global: {smtp_smarthost: 'mail.internal:587', smtp_from: wk@shop.internal}\n"),
        bad=_received("email_configs: [{to: ops@shop.internal}]"),
    ),
    Rule(
        id="WK-AM-020", kinds=(Kind.ALERTMANAGER,), severity=Severity.WARNING,
        what="Mail without TLS.",
        why="Password and alert cross the network in the clear.",
        fix="remove require_tls: false; a relay on the same host can ignore this",
        check=_mail_without_tls,
        good=_received(_HOOK), bad=_received(_HOOK, "global: {smtp_smarthost: 'mail.internal:587', smtp_require_tls: false}\n"),
    ),
    Rule(
        id="WK-AM-021", kinds=(Kind.ALERTMANAGER,), severity=Severity.ERROR, product="alertmanager", since=(0, 28),
        what="msteams_configs.",
        why="Microsoft retired the Office 365 connectors; Alertmanager 0.28 has msteamsv2_configs for Power Automate "
            "workflows.",
        fix="create a workflow in Teams and use msteamsv2_configs with webhook_url_file",
        check=_old_teams,
        good=_received("msteamsv2_configs: [{webhook_url_file: /run/secrets/teams}]"),
        bad=_received("msteams_configs: [{webhook_url_file: /run/secrets/teams}]"),
    ),
)  # fmt: skip
