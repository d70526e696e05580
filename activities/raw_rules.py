"""The rule that a decision sent past the doors rests on: one that its pack knows, as the gateway asks of its own (P8)."""

from collections.abc import Sequence
from datetime import datetime

from activities.packs_in_force import PacksInForce
from cases.case import Case
from cases.errors import UnknownSomething
from cases.folding import fold_all
from cases.named_rules import rule_of, rules_of, unknown_rule
from cases.names import tenant_of
from cases.policy import PolicyError
from record import events
from record.parsing import RawMessage
from record.record import Record


class RawRules:
    """Looks at raw decisions before they are taken: neither a signal nor an update's validator knows a pack."""

    def __init__(self, record: Record, packs: PacksInForce) -> None:
        self._record, self._packs = record, packs

    async def looked_at(self, stream: str, raw: Sequence[RawMessage], now: datetime) -> list[RawMessage]:
        """The same, those marked that name a rule which their matter's area does not have."""
        return [one.evolve(refused=await self._refusal(stream, one, now)) for one in raw]

    async def _refusal(self, stream: str, raw: RawMessage, now: datetime) -> str | None:
        """None also where there is no such matter, which is the case's to say, or no pack can be read (P12).

        A second look has no rule of its own: what it says of one is passed over.
        """
        asked = raw.payload if raw.kind == "decide" and isinstance(raw.payload, dict) else {}
        if asked.get("seconds") is not None:
            return None
        rule_id, matter_id = asked.get("rule_id"), asked.get("matter")
        if not isinstance(rule_id, str) or not isinstance(matter_id, str) or "/" not in matter_id:
            return None
        tenant, area = tenant_of(stream), matter_id.partition("/")[0]
        try:
            if rule_id in rules_of(await self._packs.of(tenant, now), area):
                return None
            matter = fold_all(Case(case_id=stream), await events.load(self._record, stream)).matter(matter_id)
            pack = await self._packs.pinned(tenant, matter.terms.pack)
        except (PolicyError, UnknownSomething):
            return None
        problem = unknown_rule(rule_id, area, {*rules_of(pack, area), rule_of(matter)})
        return str(problem) if problem else None
