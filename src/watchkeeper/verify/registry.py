"""Every claim, as a literal, in the order in which people want to read the outcomes."""

from __future__ import annotations

from watchkeeper.verify.claim import Claim
from watchkeeper.verify.claims import (
    alert_arrives_and_resolves,
    data_survives_restart,
    disk_is_watched,
    every_alert_names_known_series,
    every_component_is_healthy,
    every_panel_names_known_series,
    every_recording_names_known_series,
    every_target_is_up,
    killed_component_recovers,
    log_line_is_searchable,
    memory_stays_within_budget,
    mock_metrics_are_queryable,
    no_acknowledged_line_is_lost,
    no_secret_is_exposed,
    only_loopback_listens,
    quiet_when_healthy,
    recording_rules_produce,
    rendered_configuration_is_in_use,
    unsigned_requests_get_401,
)

CLAIMS: tuple[Claim, ...] = (
    every_component_is_healthy.CLAIM,
    log_line_is_searchable.CLAIM,
    alert_arrives_and_resolves.CLAIM,
    rendered_configuration_is_in_use.CLAIM,
    unsigned_requests_get_401.CLAIM,
    only_loopback_listens.CLAIM,
    no_secret_is_exposed.CLAIM,
    memory_stays_within_budget.CLAIM,
    every_target_is_up.CLAIM,
    mock_metrics_are_queryable.CLAIM,
    disk_is_watched.CLAIM,
    recording_rules_produce.CLAIM,
    every_alert_names_known_series.CLAIM,
    every_recording_names_known_series.CLAIM,
    every_panel_names_known_series.CLAIM,
    quiet_when_healthy.CLAIM,
    no_acknowledged_line_is_lost.CLAIM,
    killed_component_recovers.CLAIM,
    data_survives_restart.CLAIM,
)
