"""One ordinary case, all of it real: a report in, a statement of reasons out, an appeal, and both sides compared."""

from pathlib import Path

from cases.messages import Person
from cases.projection import strikes
from tests.conftest import Database
from tests.integration.kit import an_installation

AUTHOR = Person(account_id="account-author", address="author@example.invalid")


async def test_a_report_in_a_statement_of_reasons_out_and_a_reversal_that_undoes_it(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        receipt = await here.report("post-1")
        await here.report("post-1")
        stream = receipt.case_id
        await here.decide(stream)
        case = await here.settles(stream)
        assert here.world.measures("post-1") == ["remove"]
        kinds = sorted(
            (mail["to"][0] if isinstance(mail["to"], list) else mail["to"], mail["kind"]) for mail in here.world.mails()
        )
        assert ("author@example.invalid", "statement") in kinds
        assert kinds.count(("reporter-1@example.invalid", "outcome_reporter")) == 1
        assert [strike.active for strike in strikes(case)] == [True]

        await here.appeal("post-1", "d-1", AUTHOR)
        await here.reaches(stream, "appeal_opened")
        await here.decide("appeal/demo/a-1", "d-2", "appeal", "rev-2", outcome="reversed")
        await here.reaches(stream, "decision_reversed")
        case = await here.settles(stream)
        assert here.world.measures("post-1") == []
        assert [strike.active for strike in strikes(case)] == [False]
        assert len(case.filings) == 2
        comparison = await here.reconciled()
        assert not comparison.differences
