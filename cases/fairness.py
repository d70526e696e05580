"""Whose turn it is where a reviewer works for several tenants: by weight, and so that none of them waits for good (P9)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

LEAD: Final = 3


def remembered(weights: Mapping[str, int]) -> int:
    """How many of a reviewer's latest claims count: so many that whoever waits has had a turn among them.

    Not more: a tenant that had nothing for a while does not get all of it afterwards at once.
    """
    return LEAD * -(-sum(weights.values()) // min(weights.values())) + 1


def in_turn(weights: Mapping[str, int], waiting: Mapping[str, bool], latest: Sequence[str]) -> tuple[str, ...]:
    """Who is asked for their most urgent task, one after the other; the first that has one for this reviewer gives it.

    waiting: the tenants that have tasks, and whether a life may be in danger in one of them. latest: whose the reviewer's
    latest claims were, the newest first. Who had the least for their weight goes first. Danger goes before that (P12), but not
    once its tenant had three times what another who waits had: one tenant's flood is no reason for nobody to look at others.
    """
    had = Counter(latest[: remembered(weights)])
    share = {tenant: (had[tenant] + 1) / weights[tenant] for tenant in weights if tenant in waiting}
    least = min(share.values(), default=0.0)

    def place(tenant: str) -> tuple[bool, float, str]:
        first = waiting[tenant] and share[tenant] <= LEAD * least
        return not first, share[tenant], tenant

    return tuple(sorted(share, key=place))
