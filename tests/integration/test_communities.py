"""A community decided with two of its people: a case, a statement and an appeal each; all of it falls together."""

from pathlib import Path

from api.requests import ResponsiblePerson, ReversalRequest
from cases.messages import Person, Subject
from cases.names import SubjectKind, case_workflow_id, subject_key
from cases.parts import Part
from simulators.platform.communities import belong, standing
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation, until


def a_community(here: Installation) -> None:
    """An owner, a moderator, somebody who wrote, and a bystander."""
    for name in ("author", "mod", "writer", "bystander"):
        here.world.author(name)
    world = here.world.platform.world
    here.world._create("communities", {"id": "group-1", "name": "Synthetic group", "author_id": "account-author"})
    community = world.subject("community", "group-1")
    assert community is not None
    with world.database.transaction():
        belong(world, community, "account-mod", "moderator", None)
        belong(world, community, "account-bystander", "member", "account-mod")
    here.world.post("post-1", author="writer", community_id="group-1")


def state(here: Installation) -> dict[str, object]:
    world = here.world.platform.world
    community = world.subject("community", "group-1")
    assert community is not None
    return standing(world, community)


async def account_case(here: Installation, name: str) -> str:
    secret = await here.means.record.keyring.subject_secret("demo")
    return case_workflow_id("demo", SubjectKind.ACCOUNT, subject_key(secret, SubjectKind.ACCOUNT, f"account-{name}"))


def accounts(here: Installation) -> list[list[str]]:
    return [here.world.measures(f"account-{name}", "account") for name in ("author", "mod", "writer", "bystander")]


async def test_a_communitys_people_are_decided_apart_and_its_reversal_frees_them_all(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        a_community(here)
        stream = (await here.report(subject=Subject(kind=SubjectKind.COMMUNITY, id="group-1"))).case_id
        await here.reaches(stream, "triaged")
        evidence = (await here.case(stream)).evidence[-1]
        assert [one.part for one in evidence.parts] == [Part.OWNER, Part.MODERATOR, Part.PARTICIPANT]
        assert (evidence.members, evidence.sample) == (2, 1)

        people = (
            ResponsiblePerson(part=Part.OWNER, account_id="account-author"),
            ResponsiblePerson(part=Part.MODERATOR, account_id="account-mod", enforcements=[{"kind": "warn"}]),
        )
        await here.decide(stream, responsible=people)
        await until(lambda: _are(here, [["suspend"], ["warn"], [], []]))
        assert (state(here)["writable"], state(here)["owner_warned"]) == (False, True)
        owner, moderator = await account_case(here, "author"), await account_case(here, "mod")
        await here.reaches(owner, "told")
        await here.reaches(moderator, "told")
        statements = [(mail["to"][0], mail["text"]) for mail in here.world.mails() if mail["kind"] == "statement"]
        assert sorted(to for to, _ in statements) == sorted(
            ["author@example.invalid", "author@example.invalid", "mod@example.invalid"]
        )
        assert any("You own a community" in text for _, text in statements)
        assert any("You moderate a community" in text for _, text in statements)

        # The owner objects to the community's own measure; a moderator to what was done to them alone.
        who = Person(account_id="account-author", address="author@example.invalid")
        assert (await here.appeal("group-1", "d-1", who, kind=SubjectKind.COMMUNITY)).case_id == stream
        await here.reaches(stream, "appeal_opened")
        own = (await here.case(moderator)).decisions[0].decision_id
        await here.appeal(
            "account-mod", own, Person(account_id="account-mod"), kind=SubjectKind.ACCOUNT, appeal_id="a-2"
        )
        await here.reaches(moderator, "appeal_opened")

        wanted = ReversalRequest(message_id="r-1", case_id=stream, decision_id="d-1", reason="synthetic: we were wrong")
        await here.doors.reverse("demo", "op-1", wanted)
        await until(lambda: _are(here, [[], [], [], []]))
        assert state(here)["writable"]
        assert not (await here.reconciled()).differences


async def _are(here: Installation, wanted: list[list[str]]) -> bool:
    return accounts(here) == wanted
