"""Mail that arrived: every arrival kept, and distinct mails told apart by their Message-ID."""

import json
from collections.abc import Iterable, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

from simulators.database import Database
from simulators.web import BadRequest, Clock, stamp

ROOM = Path(__file__).parent
_RESET = ("forget_recipients", "forget_arrivals", "forget_refusals", "forget_log")


class MailStore:
    """The mailbox's durable state."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.database = Database(path, ROOM)
        self._clock = clock

    def deliver(self, raw: bytes, mail_from: str, recipients: Iterable[str]) -> str:
        """Keep one arrival; its Message-ID, or a digest of the mail if it has none."""
        mail = parse_mail(raw)
        message_id = str(mail["message-id"] or f"<sha256-{sha256(raw).hexdigest()[:32]}@none.invalid>").strip()
        with self.database.transaction():
            sequence = self.database.number(
                "add_arrival",
                received_at=stamp(self._clock()),
                mail_from=mail_from,
                message_id=message_id,
                notice=_header(mail, "x-dueprocess-notice"),
                notice_kind=_header(mail, "x-dueprocess-kind"),
                subject_line=str(mail["subject"] or ""),
                raw=raw,
            )
            for address in recipients:
                self.database.run("add_recipient", sequence=sequence, address=canonical(address))
            self.log("delivered", 250, message_id=message_id)
        return message_id

    def refusal(self, address: str) -> int | None:
        """The SMTP code this address refuses mail with, or None."""
        row = self.database.one("refusal", address=canonical(address))
        return row["code"] if row is not None else None

    def set_refusals(self, permanent: Iterable[str], temporary: Iterable[str]) -> None:
        """Replace the list: 550 for the permanent ones, 451 for the temporary."""
        codes = {**{canonical(text): 451 for text in temporary}, **{canonical(text): 550 for text in permanent}}
        with self.database.transaction():
            self.database.run("forget_refusals")
            for address, code in codes.items():
                self.database.run("add_refusal", address=address, code=code)

    def refusals(self) -> dict[str, list[str]]:
        """The list as it was set."""
        rows = self.database.all("refusals")
        by_name = {"permanent": 550, "temporary": 451}
        return {name: [row["address"] for row in rows if row["code"] == code] for name, code in by_name.items()}

    def mails(self, filters: Mapping[str, str | None], before: int, limit: int) -> list[dict[str, Any]]:
        """Distinct mails, newest first, each with all its arrivals."""
        rows = self.database.all("mails", before=before, limit=limit, **filters)
        return [self._summary(row["message_id"], row["sequence"]) for row in rows]

    def counts(self, filters: Mapping[str, str | None]) -> dict[str, int]:
        """How many distinct mails, how many arrivals."""
        return {
            "distinct": self.database.number("count_distinct", **filters),
            "arrivals": self.database.number("count_arrivals", **filters),
        }

    def mail(self, sequence: int) -> dict[str, Any]:
        """One arrival whole: headers, both parts, and when its like arrived. Raises BadRequest (404)."""
        row = self.database.one("arrival", sequence=sequence)
        if row is None:
            raise BadRequest("sequence", "no such mail", code="unknown_mail", status=404)
        mail = parse_mail(row["raw"])
        return {
            **self._summary(row["message_id"], sequence),
            "headers": [[name, str(value)] for name, value in mail.items()],
            "text": _part(mail, "plain"),
            "html": _part(mail, "html"),
        }

    def raw(self, sequence: int) -> bytes:
        """One arrival as it came. Raises BadRequest (404)."""
        row = self.database.one("arrival", sequence=sequence)
        if row is None:
            raise BadRequest("sequence", "no such mail", code="unknown_mail", status=404)
        return bytes(row["raw"])

    def log(self, event: str, smtp_status: int | None, message_id: str | None = None, address: str = "") -> None:
        """Write down what the server did. The address only where one was refused."""
        self.database.run(
            "write_log",
            at=stamp(self._clock()),
            event=event,
            smtp_status=smtp_status,
            message_id=message_id,
            address=address or None,
        )

    def read_log(self, after: int, limit: int) -> list[dict[str, Any]]:
        """What was done after that sequence number."""
        return [dict(row) for row in self.database.all("read_log", after=after, limit=limit)]

    def reset(self) -> None:
        """An empty mailbox that refuses nobody."""
        with self.database.transaction():
            for query in _RESET:
                self.database.run(query)

    def _summary(self, message_id: str, sequence: int) -> dict[str, Any]:
        arrivals = self.database.all("arrivals_of", message_id=message_id)
        chosen = next(row for row in arrivals if row["sequence"] == sequence)
        recipients = self.database.all("recipients_of", sequence=sequence)
        return {
            "sequence": sequence,
            "message_id": message_id,
            "notice": chosen["notice"],
            "kind": chosen["notice_kind"],
            "from": chosen["mail_from"],
            "to": [row["address"] for row in recipients],
            "subject_line": chosen["subject_line"],
            "received_at": chosen["received_at"],
            "arrivals": [{"sequence": row["sequence"], "received_at": row["received_at"]} for row in arrivals],
        }


def canonical(address: str) -> str:
    """How addresses are compared here: without case, as mailboxes are in practice."""
    return address.strip().casefold()


def parse_mail(raw: bytes) -> EmailMessage:
    """The mail with decoded headers."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def parse_refusals(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """`{"permanent": […], "temporary": […]}`. Raises BadRequest (422)."""
    unknown = values.keys() - {"permanent", "temporary"}
    if unknown:
        raise BadRequest(min(unknown), "known are permanent and temporary", status=422)
    for name, addresses in values.items():
        if not isinstance(addresses, list) or not all(isinstance(text, str) and "@" in text for text in addresses):
            raise BadRequest(name, f"a list of addresses, not {json.dumps(addresses)[:40]}", status=422)
    return {"permanent": values.get("permanent", []), "temporary": values.get("temporary", [])}


def _header(mail: EmailMessage, name: str) -> str | None:
    value = mail[name]
    return str(value).strip() if value is not None else None


def _part(mail: EmailMessage, subtype: str) -> str | None:
    part = mail.get_body(preferencelist=(subtype,))
    return str(part.get_content()) if part is not None else None
