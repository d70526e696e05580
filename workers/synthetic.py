"""What the embedded stack has ready in its tenant `demo`, beside what everyone has. All of it is synthetic."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from cases.errors import Conflict
from cases.flaggers import Flagger
from cases.names import person_key
from record import flaggers
from record.record import open_record
from workers.keys import read_kek
from workers.readiness import refuse_other_kek
from workers.settings import Settings

DEMO_TENANT: Final = "demo"
FLAGGER_ACCOUNT: Final = "synthetic-flagger"
_AREAS: Final = ("child_safety", "harassment", "intimate_images", "spam")


async def enter_flagger(settings: Settings) -> None:
    """A body on the register of trusted flaggers, recognised by the account `synthetic-flagger`. Repeatable.

    Raises SettingsError where the data folder's KEK is not the record's.
    """
    record = await open_record(settings.database_dsn.get_secret_value(), read_kek(settings), {}, frozenset())
    now = datetime.now(UTC)
    body = Flagger(flagger_id="synthetic-hotline", areas=_AREAS, registered_at=now, designated_at=now)
    try:
        await refuse_other_kek(record, (DEMO_TENANT,))
        key = person_key(await record.keyring.subject_secret(DEMO_TENANT), FLAGGER_ACCOUNT)
        with suppress(Conflict):  # an operator has another body of that name, or account
            await flaggers.add(
                record, DEMO_TENANT, body, "Synthetic Hotline (no real body)", "Synthetic Coordinator", [("person", key)],
                "setup", "Synthetic: for trying out.",
            )  # fmt: skip
    finally:
        await record.close()
