"""The kinds of change that the matrices go through: what a program changes about its job."""

from __future__ import annotations

from tests.support.declared import SQL, SQL_AT_RISK, SQL_COSMETIC, SQL_INCOMPATIBLE, Inputs, consent

SAVEPOINT = "obs://stream-state/given/"
"""Where `from_savepoint` finds one: taken while the job ran."""

KINDS: dict[str, Inputs] = {
    "none": {},
    "sql_cosmetic": {"sql_body": SQL_COSMETIC},
    "sql_at_risk": {"sql_body": SQL_AT_RISK},
    "sql_incompatible": {"sql_body": SQL_INCOMPATIBLE},
    "sql_consented": {
        "sql_body": SQL_INCOMPATIBLE,
        "allow_state_loss": consent(SQL, SQL_INCOMPATIBLE),
    },
    "sql_mixed": {
        "sql_body": SQL_INCOMPATIBLE,
        "keep_state": consent(SQL, SQL_INCOMPATIBLE),
    },
    "live": {"smn_topic": "pager", "resume_max_num": 5},
    "name": {"name": "orders_2"},
    "desc": {"desc": None},
    "restart": {"parallel_number": 4},
    "tags": {"tags": {"team": "ops", "tier": "1", "new": "yes"}},
    "bucket": {"obs_bucket": "other-state"},
    "nonce": {"restart_nonce": "monday"},
    "from_savepoint": {"from_savepoint": SAVEPOINT},
}
"""By name: the arguments that differ from `declared.job()`, None for one that is taken out."""
