"""The systems, as numbers: what the programs of both peers and the cases of archsim have in common.

Each is the case of the same name in experiments/validation; times are in seconds. A program returns, for one seed, the
figures that the case measures under the names of its metrics.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class System:
    """One system: how long a replication lasts, and which metrics of its case are compared."""

    case: str
    title: str
    warmup: float
    measure: float
    metrics: dict[str, str]


MM3_10 = System(
    "mm3-10",
    "Three servers and seven places, overloaded: who finds no place is turned away",
    warmup=5.0,
    measure=60.0,
    metrics={"refused": "share", "response": "seconds"},
)
ERLANG_A = System(
    "erlang-a",
    "Ten servers, 12 erlang, users who leave the queue when their patience ends",
    warmup=2.0,
    measure=20.0,
    metrics={"busy": "share", "waiting": "number"},
)
JACKSON = System(
    "jackson",
    "Four stations with random ways and feedback",
    warmup=10.0,
    measure=120.0,
    metrics={"response": "seconds", "database": "share"},
)
ALL = [MM3_10, ERLANG_A, JACKSON]

QUEUE = {"rate": 360.0, "service": 0.010, "servers": 3, "places": 7}
PATIENCE = {"rate": 1200.0, "service": 0.010, "servers": 10, "patience": 0.020}
NETWORK = {
    "rate": 100.0,
    "servers": {"gateway": 2, "catalogue": 1, "user": 2, "database": 1},
    "service": {"gateway": 0.010, "catalogue": 1 / 120, "user": 0.025, "database": 1 / 90},
    "to": {
        "gateway": {"catalogue": 0.6, "user": 0.4},
        "catalogue": {"database": 0.7},
        "user": {"database": 0.5},
        "database": {"database": 0.1},
    },
}
