"""The description's routes in the words of the recipes: files become secrets, teams become rules by severity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from watchkeeper.catalogue.routing import (
    INBOX,
    Channel,
    EmailChannel,
    Inhibit,
    MaintenanceWindow,
    PagerDutyChannel,
    RelayChannel,
    RouteReceiver,
    RouteRule,
    Routing,
    SlackChannel,
    WebhookChannel,
    WeekTimes,
)
from watchkeeper.spec.receivers import Email, Receiver
from watchkeeper.spec.routes import Maintenance, Routes, Rule, Team
from watchkeeper.spec.selector import equal_labels
from watchkeeper.workload.workload import Secret

DAY_S, WEEK_S = 86_400, 7 * 86_400
# Unix time began on a Thursday
_DAY_OF_EPOCH = {"thursday": 0, "friday": 1, "saturday": 2, "sunday": 3, "monday": 4, "tuesday": 5, "wednesday": 6}


def routing_of(routes: Routes, folder: Path, secrets: dict[str, Secret]) -> Routing:
    """Every file that is named becomes one of ``secrets``."""
    return Routing(
        receivers=tuple(
            RouteReceiver(name=receiver.name, channels=tuple(_channels(receiver, folder, secrets)))
            for receiver in routes.receivers
        ),
        default=routes.default or INBOX,
        rules=tuple(_rule(rule) for rule in routes.rules),
        teams=tuple(_team(team, routes.default or INBOX) for team in routes.teams),
        inhibit=tuple(Inhibit(when=i.when, silence=i.silence, same=i.same) for i in routes.inhibit),
        times=tuple(
            WeekTimes(name=times.name, days=times.days, start=times.start, end=times.end, time_zone=times.time_zone)
            for times in routes.times
        ),
        maintenance=tuple(_window(maintenance) for maintenance in routes.maintenance),
        watchdog=routes.watchdog.receiver if routes.watchdog else INBOX,
        watchdog_every_s=routes.watchdog.every if routes.watchdog else 3600,
    )


def _channels(receiver: Receiver, folder: Path, secrets: dict[str, Secret]) -> Iterator[Channel]:
    def secret(what: str, purpose: str, file: str) -> str:
        name = f"receiver-{receiver.name}-{what}"
        secrets[name] = Secret(name=name, purpose=f"{purpose} {receiver.name}", file=str(folder / file))
        return name

    if receiver.email:
        yield _email(receiver.email, receiver.name, folder, secrets)
    if receiver.slack:
        url = secret("slack-url", "lets notifications be posted to Slack for", receiver.slack.url_file)
        yield SlackChannel(url=url, channel=receiver.slack.channel or "")
    if receiver.pagerduty:
        key = secret("pagerduty-key", "opens incidents at PagerDuty for", receiver.pagerduty.routing_key_file)
        yield PagerDutyChannel(routing_key=key, url=receiver.pagerduty.url or "")
    if receiver.teams:
        url = secret("teams-url", "lets notifications be posted to Teams for", receiver.teams.url_file)
        yield RelayChannel(name=f"{receiver.name}-teams", kind="teams", url=url)
    if receiver.webhook and receiver.webhook.url_file:
        url = secret("url", "address of the receiver", receiver.webhook.url_file)
        yield RelayChannel(name=f"{receiver.name}-webhook", kind="webhook", url=url)
    elif receiver.webhook:
        yield WebhookChannel(url=receiver.webhook.url or "")


def _email(email: Email, name: str, folder: Path, secrets: dict[str, Secret]) -> EmailChannel:
    password = ca = ""
    if email.password_file:
        password = f"receiver-{name}-smtp-password"
        file = str(folder / email.password_file)
        secrets[password] = Secret(name=password, purpose=f"signs in to the mail server for {name}", file=file)
    if email.ca_file:
        ca = f"receiver-{name}-smtp-ca"
        purpose = f"certificates that the mail server for {name} is checked against"
        secrets[ca] = Secret(name=ca, purpose=purpose, file=str(folder / email.ca_file))
    return EmailChannel(
        to=email.to,
        sender=email.sender,
        smarthost=email.smarthost,
        tls=email.tls,
        user=email.user or "",
        password=password,
        ca=ca,
    )


def _rule(rule: Rule) -> RouteRule:
    return RouteRule(
        match=rule.match,
        receivers=tuple(dict.fromkeys((rule.receiver, *rule.also))),
        escalate_to=rule.escalate.receiver if rule.escalate else "",
        escalate_after_s=rule.escalate.after if rule.escalate else 0,
        group_by=rule.group_by,
        group_wait_s=rule.group_wait or 0,
        group_interval_s=rule.group_interval or 0,
        repeat_interval_s=rule.repeat_interval or 0,
        only_during=rule.only_during,
        not_during=rule.not_during,
    )


def _team(team: Team, default: str) -> RouteRule:
    def told(severity: str, names: tuple[str, ...]) -> RouteRule:
        escalate = team.escalate if severity == "critical" else None
        return RouteRule(
            match=equal_labels({"severity": severity}),
            receivers=tuple(dict.fromkeys(names)) or (default,),
            escalate_to=escalate.receiver if escalate else "",
            escalate_after_s=escalate.after if escalate else 0,
            urgent=severity == "critical",
        )

    return RouteRule(
        match=team.match or equal_labels({"team": team.name}),
        receivers=(default,),
        rules=(told("critical", team.critical), told("warning", team.warning), told("info", team.info or (INBOX,))),
    )


def _window(maintenance: Maintenance) -> MaintenanceWindow:
    if maintenance.start and maintenance.end:
        start, end = (int(datetime.fromisoformat(text).timestamp()) for text in (maintenance.start, maintenance.end))
        return MaintenanceWindow(name=maintenance.name, match=maintenance.match, starts_s=(start,), lasts_s=end - start)
    hours, minutes = (maintenance.at or "00:00").split(":")
    at_s = int(hours) * 3600 + int(minutes) * 60
    return MaintenanceWindow(
        name=maintenance.name,
        match=maintenance.match,
        starts_s=tuple(sorted(_DAY_OF_EPOCH[day] * DAY_S + at_s for day in maintenance.days)),
        lasts_s=maintenance.lasts or 0,
        every_s=WEEK_S,
    )
