"""Every rule of the linter, in one literal tuple. Ids are never reused or renamed: people write them in their files."""

from __future__ import annotations

from watchkeeper.lint.rule import Rule
from watchkeeper.lint.rules.alertmanager_delivery import DELIVERY_RULES
from watchkeeper.lint.rules.alertmanager_routing import ROUTING_RULES
from watchkeeper.lint.rules.alerts import ALERT_RULES
from watchkeeper.lint.rules.compose_images import IMAGE_RULES
from watchkeeper.lint.rules.compose_services import SERVICE_RULES
from watchkeeper.lint.rules.compose_storage import STORAGE_RULES
from watchkeeper.lint.rules.dashboards import DASHBOARD_RULES
from watchkeeper.lint.rules.expressions import EXPRESSION_RULES
from watchkeeper.lint.rules.grafana import GRAFANA_RULES
from watchkeeper.lint.rules.lint import LINT_RULES
from watchkeeper.lint.rules.logs import LOG_AGENT_RULES
from watchkeeper.lint.rules.loki import LOKI_RULES
from watchkeeper.lint.rules.prometheus import PROMETHEUS_RULES
from watchkeeper.lint.rules.scrape_jobs import SCRAPE_JOB_RULES
from watchkeeper.lint.rules.tempo import TEMPO_RULES

RULES: tuple[Rule, ...] = (
    *LINT_RULES,
    *PROMETHEUS_RULES,
    *SCRAPE_JOB_RULES,
    *ALERT_RULES,
    *EXPRESSION_RULES,
    *ROUTING_RULES,
    *DELIVERY_RULES,
    *LOKI_RULES,
    *LOG_AGENT_RULES,
    *TEMPO_RULES,
    *GRAFANA_RULES,
    *DASHBOARD_RULES,
    *IMAGE_RULES,
    *SERVICE_RULES,
    *STORAGE_RULES,
)
