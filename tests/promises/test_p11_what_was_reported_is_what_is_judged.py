"""P11: evidence is captured at the first signal, outlives deletion, and decisions and orders name its version."""

import json
from hashlib import sha256
from pathlib import Path

from api.library import Translation
from api.shown import keep_translation
from cases.digests import canonical
from cases.evidence import EvidenceOrigin
from cases.shown import ShownAs
from record import evidence, media, texts
from simulators.faults import Fault
from simulators.platform.pictures import drawn
from tests.conftest import Database
from tests.integration.kit import TENANT, an_installation


async def test_evidence_outlives_its_deletion_and_the_decision_rests_on_it(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        picture = drawn("promise", 40, 30)
        attached = {"name": "a.png", "media_type": "image/png", "sha256": here.world.platform.world.upload(picture)}
        here.world.post("post-1", "Synthetic words as they were reported.", attachments=[attached])
        stream = (await here.report("post-1")).case_id
        await here.claim(stream)
        here.world.delete("post-1")
        await here.decide(stream)
        case = await here.settles(stream)
        assert (case.decision("d-1").evidence_version, len(case.evidence)) == (1, 1)
        kept = json.loads(await evidence.read(here.means.record, stream, 1))
        assert kept["text"] == "Synthetic words as they were reported."
        (kept_picture,) = await media.of_version(here.means.record, stream, 1)
        assert await media.read(here.means.record, stream, kept_picture) == picture
        assert [one["outcome"] for one in here.world.orders()] == ["deleted_by_author"]
        here.world.delete("post-1", deleted=False)
        assert here.world.measures("post-1") == ["remove"], "brought back, it is still removed"


async def test_what_was_deleted_before_we_looked_is_judged_by_what_the_report_brought(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        here.world.delete("post-1")
        stream = (await here.report("post-1", snapshot="Synthetic words that the reporter saw.")).case_id
        await here.reaches(stream, "evidence_captured")
        (captured,) = (await here.case(stream)).evidence
        assert (captured.origin, captured.deleted_by_author) == (EvidenceOrigin.REPORT, True)
        assert b"that the reporter saw" in await evidence.read(here.means.record, stream, 1)


async def test_evidence_comes_before_any_hold_or_notice(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        here.world.platform.faults.fault = Fault(wrong="500", times=2, paths=("/subjects",))
        for _ in range(3):
            stream = (await here.report("post-1")).case_id
        await here.signal("post-1", harassment=0.99)
        await here.reaches(stream, "order_confirmed")
        kinds = await here.kinds(stream)
        assert kinds.index("evidence_captured") < kinds.index("triaged") < kinds.index("order_confirmed")
        assert here.world.measures("post-1") == ["hide"]


async def test_an_edit_is_a_new_version_judged_anew_and_the_old_one_stays(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1", "First synthetic words.")
        stream = (await here.report("post-1")).case_id
        await here.claim(stream)
        here.world.edit("post-1", "Second synthetic words.")
        await here.decide(stream)
        await here.reaches(stream, "order_voided")
        await here.reaches(stream, "evidence_captured", times=2)
        assert here.world.measures("post-1") == [], "what was not judged is not removed"
        for version, words in ((1, b"First"), (2, b"Second")):
            assert words in await evidence.read(here.means.record, stream, version)
        await here.decide(stream, "d-2", "harassment/2", "rev-2")
        case = await here.settles(stream)
        assert (case.decision("d-2").evidence_version, here.world.measures("post-1")) == (2, ["remove"])
        assert case.order("d-2:subject").content_version == case.evidence[1].content_version


async def test_a_decision_keeps_what_was_shown_beside_the_evidence_as_it_was_shown(postgres: Database, tmp_path: Path):
    """The conversation by its digest; a translation under its id, of this case and no other."""
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        answer = {"id": "comment-1", "author_id": "account-author", "text": "Synthetic reply.", "parent_id": "post-1"}
        here.world._create("comments", answer)
        stream = (await here.report("comment-1")).case_id
        await here.reaches(stream, "evidence_captured")
        other = (await here.report("post-1")).case_id
        await here.reaches(other, "evidence_captured")
        words = Translation(text="Synthetic translation.", into="en", translator="libretranslate/1.6.2")
        here_id, there_id = [
            await keep_translation(here.means.record, case, 1, words, here.clock()) for case in (stream, other)
        ]
        await here.decide(stream, "d-0", translation_id=there_id)
        await here.reaches(stream, "message_refused")
        assert "not stored for this case" in (await here.bodies(stream, "message_refused"))[0].problem
        await here.decide(stream, translation_id=here_id)
        await here.settles(stream)
        shown = (await here.case(stream)).decision("d-1").shown
        thread = json.loads(await evidence.read(here.means.record, stream, 1))["thread"]
        assert thread, "a reply stands below what it answers"
        assert shown == ShownAs(
            context=f"sha256:{sha256(canonical(thread)).hexdigest()}",
            translation_id=here_id,
            translator="libretranslate/1.6.2",
        )
        assert (await texts.get(here.means.record, TENANT, here_id)).text == words.text
