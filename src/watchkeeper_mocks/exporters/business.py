"""The business: visits, sign-ups, conversions by plan, revenue. No real exporter to imitate; units are in the names."""

from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot

PLANS = {"free": (0.62, 0.0), "starter": (0.24, 29.0), "team": (0.11, 99.0), "enterprise": (0.03, 900.0)}
"""Plan → share of conversions, dollars a month."""
CHANNELS = {"organic": 0.46, "advertising": 0.27, "partner": 0.16, "referral": 0.11}
SIGNUPS_PER_VISIT = 0.006
CONVERSIONS_PER_VISIT = 0.0011
ORDERS_PER_CONVERTING_VISIT = 0.05
ORDER_DOLLARS = 84.0
_MONTH_S = 30 * 86400.0
_STARTING_SUBSCRIPTIONS = 4200


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/business/metrics`."""
    _funnel(page, snapshot)
    _transactions(page, snapshot)
    _subscriptions(page, snapshot)
    _figures(page, snapshot)


def _funnel(page: Page, snapshot: Snapshot) -> None:
    page.counter("business_visits_total", "Visits.")
    for position, organisation in enumerate(snapshot.organisations):
        page.add_count(0.2 * snapshot.total_of(position, Flow.VISITS), organisation=organisation)
    page.counter("business_signups_total", "New accounts by the channel that brought them.")
    for position, organisation in enumerate(snapshot.organisations):
        for channel, share in CHANNELS.items():
            signups = SIGNUPS_PER_VISIT * share * snapshot.total_of(position, Flow.VISITS)
            page.add_count(signups, organisation=organisation, channel=channel)
    page.counter("business_conversions_total", "Accounts that took a plan.")
    for position, organisation in enumerate(snapshot.organisations):
        for plan, (share, _) in PLANS.items():
            conversions = CONVERSIONS_PER_VISIT * share * snapshot.total_of(position, Flow.CONVERSIONS)
            page.add_count(conversions, organisation=organisation, plan=plan)
    page.counter("user_activity_total", "Things users did.")
    for position, organisation in enumerate(snapshot.organisations):
        for activity, share in (("browse", 0.6), ("search", 0.25), ("buy", 0.05)):
            page.add_count(share * snapshot.total_of(position, Flow.VISITS), organisation=organisation, activity=activity)
    page.gauge("business_users_active", "Users active now.")
    for position, organisation in enumerate(snapshot.organisations):
        page.add(round(180 * snapshot.rate_of(position, Flow.VISITS)), organisation=organisation)


def _transactions(page: Page, snapshot: Snapshot) -> None:
    page.counter("business_transactions_total", "Payments by how they ended.")
    for position, organisation in enumerate(snapshot.organisations):
        for status, flows in (
            ("succeeded", (Flow.PAYMENT_FAST, Flow.PAYMENT_SLOW)),
            ("declined", (Flow.PAYMENT_DECLINED,)),
            ("failed", (Flow.PAYMENT_FAILED, Flow.PAYMENT_REFUSED)),
        ):
            count = 0.05 * sum(snapshot.total_of(position, flow) for flow in flows)
            page.add_count(count, organisation=organisation, status=status)
    page.counter("business_revenue_dollars_total", "Revenue in dollars.")
    for position, organisation in enumerate(snapshot.organisations):
        orders = ORDERS_PER_CONVERTING_VISIT * snapshot.total_of(position, Flow.CONVERSIONS)
        for plan, (share, _) in PLANS.items():
            page.add(round(orders * share * ORDER_DOLLARS, 2), organisation=organisation, plan=plan)


def _subscriptions(page: Page, snapshot: Snapshot) -> None:
    gained = CONVERSIONS_PER_VISIT * snapshot.total(Flow.CONVERSIONS)
    # As many leave in the long run as join: the number held settles around a month of conversions.
    held = _STARTING_SUBSCRIPTIONS + gained * min(1.0, _MONTH_S / max(snapshot.age_s, _MONTH_S))
    page.gauge("business_subscriptions_active", "Subscriptions held by plan.")
    for plan, (share, _) in PLANS.items():
        page.add(round(held * share), plan=plan)
    page.gauge("business_recurring_revenue_dollars", "Revenue a month from subscriptions held.")
    for plan, (share, dollars) in PLANS.items():
        page.add(round(held * share * dollars, 2), plan=plan)
    page.counter("business_cancellations_total", "Subscriptions given up.")
    for plan, (share, _) in PLANS.items():
        page.add_count(0.7 * gained * share, plan=plan)


def _figures(page: Page, snapshot: Snapshot) -> None:
    converting = snapshot.rate(Flow.CONVERSIONS) / max(snapshot.rate(Flow.VISITS), 1e-9)
    page.gauge("business_metric", "Business figures of the moment by name.")
    page.add(round(snapshot.rate(Flow.VISITS) * 180), metric_name="active_users")
    page.add(round(snapshot.rate(Flow.CONVERSIONS) * 0.05 * 60, 3), metric_name="orders_per_minute")
    page.add(round(converting * 0.05, 5), metric_name="conversion_ratio")
    page.add(round(snapshot.wobbled(84.0, share=0.08, phase_s=0.0), 2), metric_name="average_order_value_dollars")
