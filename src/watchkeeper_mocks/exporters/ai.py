"""What the application asks of language models: calls, tokens, dollars, cached answers, by provider, model and organisation.

Providers and models are invented; prices are in dollars per million tokens.
"""

from dataclasses import dataclass

from watchkeeper_mocks.exposition import Page, latency
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot

CALLS_PER_ARRIVAL = 0.02
FAILED_SHARE = 0.008
MONTHLY_BUDGET_DOLLARS_PER_ARRIVAL_PER_S = 260.0
"""Budget of an organisation for each arrival per second it sends on average."""
DURATION_BOUNDS_S = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of one provider; models of one tier can stand in for each other."""

    provider: str
    name: str
    tier: str
    share: float
    """Of all calls that no cache answers."""
    extra_share: float
    """Of the extra calls of `ai_cost_spike`, per ordinary call: the costly models are the ones that run away."""
    input_tokens: float
    output_tokens: float
    input_price: float
    output_price: float
    median_s: float


def _model(provider: str, name: str, tier: str, use: tuple[float, float], cost: tuple[float, float, float]) -> Model:
    share, extra_share = use
    input_price, output_price, median_s = cost
    return Model(
        provider=provider,
        name=name,
        tier=tier,
        share=share,
        extra_share=extra_share,
        input_tokens=1400.0,
        output_tokens=380.0,
        input_price=input_price,
        output_price=output_price,
        median_s=median_s,
    )


MODELS = (
    _model("northwind", "northwind-large", "large", (0.14, 3.2), (5.0, 20.0, 2.2)),
    _model("northwind", "northwind-small", "small", (0.38, 0.3), (0.4, 1.6, 0.7)),
    _model("contoso", "contoso-max", "large", (0.08, 1.6), (3.0, 15.0, 2.6)),
    _model("contoso", "contoso-mini", "small", (0.26, 0.2), (0.25, 1.25, 0.6)),
    _model("selfhosted", "open-13b", "small", (0.14, 0.0), (0.1, 0.1, 1.4)),
)
_LATENCIES = {model.name: latency(DURATION_BOUNDS_S, median_s=model.median_s, spread=0.5) for model in MODELS}


def _calls(model: Model, asked: float, extra: float) -> float:
    """Calls that reached a model: what no cache answered, and what ran away."""
    return CALLS_PER_ARRIVAL * (model.share * asked + model.extra_share * extra)


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/ai/metrics`."""
    calls = {
        (position, model.name): _calls(
            model,
            snapshot.total_of(position, Flow.AI_ASKED),
            snapshot.total_of(position, Flow.AI_EXTRA),
        )
        for position in range(len(snapshot.organisations))
        for model in MODELS
    }
    _requests(page, snapshot, calls)
    _tokens(page, snapshot, calls)
    _cache(page, snapshot)
    _prices(page, snapshot)


Calls = dict[tuple[int, str], float]


def _requests(page: Page, snapshot: Snapshot, calls: Calls) -> None:
    page.counter("ai_requests_total", "Calls to a model by how they ended.")
    for position, organisation in enumerate(snapshot.organisations):
        for model in MODELS:
            labels = {"provider": model.provider, "model": model.name, "organisation": organisation}
            made = calls[position, model.name]
            page.add_count(made * (1 - FAILED_SHARE), **labels, status="success")
            page.add_count(made * FAILED_SHARE, **labels, status="error")
    page.histogram("ai_request_duration_seconds", "Duration of calls to a model in seconds.")
    for model in MODELS:
        made = sum(calls[position, model.name] for position in range(len(snapshot.organisations)))
        page.add_histogram(((made, _LATENCIES[model.name]),), provider=model.provider, model=model.name)


def _tokens(page: Page, snapshot: Snapshot, calls: Calls) -> None:
    page.counter("ai_tokens_total", "Tokens read and written by a model.")
    for position, organisation in enumerate(snapshot.organisations):
        for model in MODELS:
            labels = {"provider": model.provider, "model": model.name, "organisation": organisation}
            made = calls[position, model.name]
            page.add_count(made * model.input_tokens, **labels, direction="input")
            page.add_count(made * model.output_tokens, **labels, direction="output")
    page.counter("ai_cost_dollars_total", "What calls to a model cost in dollars.")
    for position, organisation in enumerate(snapshot.organisations):
        for model in MODELS:
            made = calls[position, model.name]
            micro_dollars = made * (model.input_tokens * model.input_price + model.output_tokens * model.output_price)
            page.add(round(micro_dollars / 1e6, 6), provider=model.provider, model=model.name, organisation=organisation)


def _cache(page: Page, snapshot: Snapshot) -> None:
    page.counter("ai_cache_hits_total", "Questions answered from the cache of answers.")
    for position, organisation in enumerate(snapshot.organisations):
        page.add_count(CALLS_PER_ARRIVAL * snapshot.total_of(position, Flow.AI_CACHED), organisation=organisation)
    page.counter("ai_cache_misses_total", "Questions that had to be asked of a model.")
    for position, organisation in enumerate(snapshot.organisations):
        page.add_count(CALLS_PER_ARRIVAL * snapshot.total_of(position, Flow.AI_ASKED), organisation=organisation)


def _prices(page: Page, snapshot: Snapshot) -> None:
    page.gauge("ai_model_info", "Models as labels; models of one tier can stand in for each other.")
    for model in MODELS:
        page.add(1, provider=model.provider, model=model.name, tier=model.tier)
    page.gauge("ai_model_price_dollars_per_million_tokens", "Price of a model.")
    for model in MODELS:
        for direction, price in (("input", model.input_price), ("output", model.output_price)):
            page.add(price, provider=model.provider, model=model.name, tier=model.tier, direction=direction)
    page.gauge("ai_budget_dollars", "What an organisation may spend a month.")
    for organisation, mean_per_s in zip(snapshot.organisations, snapshot.mean_arrivals_by_organisation, strict=True):
        page.add(round(mean_per_s * MONTHLY_BUDGET_DOLLARS_PER_ARRIVAL_PER_S, 2), organisation=organisation)
