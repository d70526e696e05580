"""`python -m benchmarks.raid`: a raid on a stack of its own, decided once and undone once; what it took.

Members go in through the gateway, orders out to the simulated platform, mails to the simulated mailbox; nothing is stood in.
"""

import argparse
import asyncio
import sys
from collections import Counter
from time import perf_counter
from typing import Any

import httpx2

from api.requests import CampaignRequest, DecisionRequest, ReversalRequest
from benchmarks.lives import Stage, open_stage
from benchmarks.stack import data_folder, forget_environment, running
from cases.campaigns import MEMBERS_AT_ONCE, SAMPLE, CampaignMember, batch_name
from cases.messages import Subject
from cases.names import SubjectKind, batch_workflow_id

AREA = "spam"
STILL_SECONDS = 120.0
TEXT = "Synthetic words that are sent again and again, with number"


async def posted(stage: Stage, accounts: int, messages: int) -> list[CampaignMember]:
    """The accounts and their messages at the platform; the members they make."""
    members = []
    url = f"{stage.here.settings.platform_url}/users-api/bulk"
    for start in range(0, messages, MEMBERS_AT_ONCE):
        numbers = range(start, min(start + MEMBERS_AT_ONCE, messages))
        authors = sorted({number % accounts for number in numbers})
        people = [{"id": f"raider-{one}", "display_name": "Synthetic"} for one in authors]
        posts = [{"id": f"raid-{n}", "author_id": f"raider-{n % accounts}", "text": f"{TEXT} {n}."} for n in numbers]
        (await stage.http.post(url, json={"accounts": people, "posts": posts})).raise_for_status()
        members += [
            CampaignMember(subject=Subject(kind=SubjectKind.CONTENT, id=f"raid-{n}"), account=f"raider-{n % accounts}")
            for n in numbers
        ]
    return members


async def joined(stage: Stage, members: list[CampaignMember]) -> str:
    """The campaign's case, once there is a task."""
    case_id = ""
    for start in range(0, len(members), MEMBERS_AT_ONCE):
        page = tuple(members[start : start + MEMBERS_AT_ONCE])
        last = start + len(page) == len(members)
        request = CampaignRequest(message_id="raid", name="raid", area=AREA, members=page, complete=last)
        case_id = (await stage.service.join_campaign(request)).case_id
    return case_id


async def carried_out(stage: Stage, case_id: str, order_id: str) -> None:
    """Until the batch has ended."""
    while True:
        batches = (await stage.auditor.campaign(case_id)).batches
        if any(one.order_id == order_id and one.ended_at for one in batches):
            return
        await asyncio.sleep(1)


async def all_told(stage: Stage, times: int, accounts: int) -> None:
    """Until each of the accounts had so many mails at least, or no more come."""
    before, still_since = -1, perf_counter()
    while (come := await mails(stage)) < times * accounts and perf_counter() - still_since < STILL_SECONDS:
        if come != before:
            before, still_since = come, perf_counter()
        await asyncio.sleep(1)


async def mails(stage: Stage) -> int:
    """How many the simulated mailbox took."""
    url = f"{stage.here.settings.mailbox_url}/messages"
    return int((await stage.http.get(url, params={"limit": 1})).json()["distinct"])


async def mails_each(stage: Stage) -> Counter[str]:
    """How many went to each address."""
    url = f"{stage.here.settings.mailbox_url}/messages"
    to: Counter[str] = Counter()
    before: dict[str, int] = {}
    while True:
        page = (await stage.http.get(url, params={"limit": 1_000, **before})).json()
        to.update(address for one in page["messages"] for address in one["to"])
        if page["next_before"] is None:
            return to
        before = {"before": page["next_before"]}


async def events_of(stage: Stage, workflow_id: str) -> int:
    """History events of its newest run."""
    return len((await stage.handle(workflow_id).fetch_history()).events)


async def run(accounts: int, messages: int) -> dict[str, Any]:
    """The raid, from the first message to the undo. Seconds, and counts."""
    forget_environment()
    found: dict[str, Any] = {"accounts": accounts, "messages": messages}
    async with (
        data_folder() as folder,
        running(folder, campaign_orders_per_second=10_000) as stack,
        open_stage(stack.here, "raid") as stage,
    ):
        members = await posted(stage, accounts, messages)
        operator = stack.here.gateway(stack.here.tenant, "operator")
        began = perf_counter()
        case_id = await joined(stage, members)
        found["joined_seconds"] = perf_counter() - began
        case = await stage.case_when(case_id, lambda one: one.tasks)
        claimed = await stage.reviewers[0].claim(stream=case_id, task_id=case.tasks[0].task_id)
        assert claimed is not None
        decision = DecisionRequest(
            decision_id="d-1", token=claimed.token, outcome="violation", ground="terms", rule_id="spam.reported",
            rationale="synthetic rationale", sample_violations=min(SAMPLE, messages),
        )  # fmt: skip
        began = perf_counter()
        await stage.reviewers[0].decide(decision)
        await carried_out(stage, case_id, "d-1:subject")
        found["restricted_seconds"] = perf_counter() - began
        await all_told(stage, 1, accounts)
        found["told_seconds"] = perf_counter() - began
        async with operator as door:
            began = perf_counter()
            await door.reverse(
                ReversalRequest(message_id="undo", case_id=case_id, decision_id="d-1", reason="synthetic reason")
            )
            await carried_out(stage, case_id, "reversal:undo:subject")
            found["freed_seconds"] = perf_counter() - began
        await all_told(stage, 2, accounts)
        found["told_again_seconds"] = perf_counter() - began
        found |= await counted(stage, stage.http, case_id, accounts, messages)
    return found


async def counted(stage: Stage, http: httpx2.AsyncClient, case_id: str, accounts: int, messages: int) -> dict[str, Any]:
    """What the platform did, who had how many mails, and how long the histories are."""
    log: list[dict[str, Any]] = []
    while True:
        after = log[-1]["sequence"] if log else 0
        url = f"{stage.here.settings.platform_url}/control/log"
        page = (await http.get(url, params={"after": after, "limit": 1_000})).json()["entries"]
        if not page:
            break
        log += page
    applied = [one for one in log if one["event"] == "order" and one["outcome"] == "applied"]
    targets = {one["id"] for one in applied}
    to = await mails_each(stage)
    batch = batch_workflow_id(stage.here.tenant, batch_name(case_id, "d-1:subject"))
    return {
        "restricted_and_freed_once": len(applied) == 2 * messages and len(targets) == messages,
        "applied": len(applied),
        "told_twice_each": len(to) == accounts and set(to.values()) == {2},
        "mails": to.total(),
        "members": (await stage.auditor.campaign(case_id)).members,
        "case_events": await events_of(stage, case_id),
        "batch_events_newest_run": await events_of(stage, batch),
    }


def main() -> int:
    """Print what it took; 1 where an order was lost or doubled."""
    parser = argparse.ArgumentParser(description="A raid: one case, one decision, one undo.")
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--messages", type=int, default=50_000)
    chosen = parser.parse_args()
    found = asyncio.run(run(chosen.accounts, chosen.messages))
    for name, value in found.items():
        sys.stdout.write(f"{name:<28}{value:,.1f}\n" if isinstance(value, float) else f"{name:<28}{value}\n")
    return 0 if found["restricted_and_freed_once"] and found["told_twice_each"] else 1


if __name__ == "__main__":
    sys.exit(main())
