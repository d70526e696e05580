"""Each person's own link, for their letters."""

from datetime import datetime

from cases.appeals import Role
from cases.status_links import KEY_BYTES, LINKS, StatusLink, link_token
from record.keys import Keyring


class StatusLinks:
    """Makes links. public_url: where people reach the gateway; '' where they do not."""

    def __init__(self, keyring: Keyring, public_url: str) -> None:
        self._key, *_ = keyring.derived(LINKS, KEY_BYTES)
        self._public_url = public_url.rstrip("/")

    def of(self, case_id: str, person: str, role: Role | None, at: datetime) -> str | None:
        """The address of this person's page; None where there is none, or it is not known as what they were informed."""
        if not self._public_url or role is None:
            return None
        link = StatusLink(case_id=case_id, person=person, role=role, issued_at=at)
        return f"{self._public_url}/status/{link_token(self._key, link)}"
