"""Prometheus figures of this process: routes by template, never by path; no label can hold a person."""

from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
_REQUESTS = Counter("wx_requests", "Requests answered", ["method", "route", "status"], registry=REGISTRY)
_SECONDS = Histogram(
    "wx_request_seconds",
    "Seconds from request to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
LEDGER_SIZE = Gauge("wx_ledger_size", "Leaves covered by the newest checkpoint", registry=REGISTRY)
LEDGER_AGE = Gauge("wx_ledger_checkpoint_age_seconds", "Age of the newest checkpoint", registry=REGISTRY)
WITNESSES = Gauge("wx_witnesses", "Witnesses of this ledger that are pinned", registry=REGISTRY)
WITNESSES_BEHIND = Gauge(
    "wx_witnesses_behind", "Witnesses that have not cosigned the newest checkpoint", registry=REGISTRY
)
WITNESS_WAITING = Gauge(
    "wx_witness_waiting_seconds", "For how long the slowest witness has not cosigned", registry=REGISTRY
)
WITNESS_ALARMS = Gauge(
    "wx_witness_alarms",
    "Refused checkpoints, cosignatures and keys since the keeper started",
    registry=REGISTRY,
)
KEEPER_UP = Gauge("wx_keeper_up", "1 if the keeper answers", registry=REGISTRY)
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"})


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    count, duration = _figures(method if method in _METHODS else "OTHER", route, status)
    count.inc()
    duration.observe(seconds)


@lru_cache(maxsize=1024)  # as many as there are routes with their methods and answers
def _figures(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return _REQUESTS.labels(method, route, str(status)), _SECONDS.labels(route)


def exposition() -> bytes:
    """Give the figures in the Prometheus text format."""
    return generate_latest(REGISTRY)
