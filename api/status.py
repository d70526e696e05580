"""The door of people concerned: a link opens what its owner was told, and an appeal of it. No token, no tenant, no name."""

import hmac
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from typing import Final

from pydantic import ValidationError

from api.campaigning import Campaigning
from api.errors import Gone, NotFound, Refused
from api.intake import Clock, Intake
from api.operator_answers import LinksRevoked
from api.pages.words import words_in
from api.problems import problems_of
from api.requests import RevokeLinks
from api.status_answers import OpenToAppeal, StatusAnswer, ToldLetter
from cases.errors import BadInput, Conflict, KeyDestroyed
from cases.messages import AppealMessage
from cases.names import tenant_of
from cases.status import PersonStage, PersonStatus, status_of
from cases.status_links import KEY_BYTES, LINKS, StatusLink, read_link
from record import inbox
from record import status as standings
from record.record import Record
from record.status import OwnNotice, Standing

FORMS: Final = "dueprocess status forms"
FORM_LASTS: Final = timedelta(hours=12)
FORM_KEY_BYTES: Final = 32


class Status:
    """What a link opens. The same for an unknown, ended or revoked one: nothing."""

    def __init__(self, record: Record, intake: Intake, campaigning: Campaigning, clock: Clock) -> None:
        self._record, self._intake, self._campaigning, self._clock = record, intake, campaigning, clock
        self._links = record.keyring.derived(LINKS, KEY_BYTES)
        self._forms = record.keyring.derived(FORMS, FORM_KEY_BYTES)

    async def look(self, token: str) -> StatusAnswer:
        """Where things stand for whose link this is. Raises NotFound, or Gone where they or the case were erased."""
        link, standing = await self._opened(token)
        status = status_of(link.person, link.role, standing.told, standing.reports, standing.events, self._clock())
        under_way = [one for one in status.appeals if await self._appealed(link, one.decision_id)]
        if under_way:  # in the inbox, and not read yet
            status = PersonStatus(stage=PersonStage.UNDER_APPEAL, appeals=status.appeals)
        words = words_in(standing.who.language)
        said = words.said(status.stage)
        return StatusAnswer(
            role=link.role.value,
            **said.model_dump(),
            **status.model_dump(include={"stage", "since", "by", "late"}),
            told=tuple(_letter(one) for one in reversed(standing.notices)),
            appeals=tuple(
                OpenToAppeal(decision_id=one.decision_id, until=one.until)
                for one in status.appeals
                if one not in under_way
            ),
            language=words.language,
        )

    async def appeal(self, token: str, decision_id: str, grounds: str, form: str) -> None:
        """Appeal a decision its owner was told of, once, through the door of appeals; the grounds are sealed there.

        form: as `form_of` gave it. Raises NotFound, Gone, BadInput, and Refused for a form of elsewhere or long ago, or a
        decision this link may not appeal (any more).
        """
        link, standing = await self._opened(token)
        if not self._given_by_us(token, decision_id, form):
            raise Refused(
                "form_ended", "this form was not given here, or long ago; open the page again and send it from there"
            )
        status = status_of(link.person, link.role, standing.told, standing.reports, standing.events, self._clock())
        if decision_id not in {one.decision_id for one in status.appeals}:
            raise Refused("nothing_to_appeal", "this decision cannot be appealed (any more); the page says what can be")
        subject = await inbox.subject_of(self._record, link.case_id)
        fields = {
            "message_id": self._appeal_id(link, decision_id),
            "subject": subject.model_dump(),
            "decision_id": decision_id,
            "appellant": standing.who.model_dump(),
            "grounds": grounds.replace("\r\n", "\n").strip() or None,
        }
        try:
            message = AppealMessage.model_validate(fields)
        except ValidationError as error:
            raise BadInput(problems_of(error, AppealMessage)) from None
        try:
            for one in await self._campaigning.objections(link.case_id, message):
                await self._intake.appeal(tenant_of(link.case_id), one)
        except Conflict:
            raise Refused("already_appealed", "your appeal came in before, and is what we look at") from None

    def form_of(self, token: str, decision_id: str) -> str:
        """What an appeal's form must bring back: that we gave it, for this link and decision, and when."""
        at = str(int(self._clock().timestamp()))
        return f"{at}.{self._form_mac(self._forms[0], token, decision_id, at)}"

    async def revoke(self, tenant: str, operator: str, request: RevokeLinks) -> LinksRevoked:
        """No link issued up to now opens anything any more. Raises NotFound for another tenant's case."""
        if tenant_of(request.case_id) != tenant:
            raise NotFound("unknown_case", "there is no such case")
        await standings.revoke(self._record, request.case_id, operator, self._clock(), request.person or "")
        return LinksRevoked(case_id=request.case_id, person=request.person)

    async def _opened(self, token: str) -> tuple[StatusLink, Standing]:
        if link := read_link(self._links, token, self._clock()):
            try:
                if standing := await standings.standing(self._record, link):
                    return link, standing
            except KeyDestroyed:
                raise Gone("erased", "what this link was about has been erased") from None
        raise NotFound("unknown_link", "this link leads nowhere, or does not any more; the newest letter has another")

    async def _appealed(self, link: StatusLink, decision_id: str) -> bool:
        message_id = self._appeal_id(link, decision_id)
        return await standings.message_known(self._record, tenant_of(link.case_id), message_id)

    def _appeal_id(self, link: StatusLink, decision_id: str) -> str:
        """One for each person and decision, so that a form sent twice is one appeal; keyed, so that nobody else takes it."""
        named = f"{link.case_id}\0{link.person}\0{decision_id}".encode()
        return f"link-{hmac.new(self._forms[-1], named, sha256).hexdigest()[:32]}"

    def _given_by_us(self, token: str, decision_id: str, form: str) -> bool:
        at, _, mac = form.partition(".")
        holds = any(
            hmac.compare_digest(self._form_mac(key, token, decision_id, at).encode(), mac.encode())
            for key in self._forms
        )
        return holds and self._clock() - datetime.fromtimestamp(int(at), self._clock().tzinfo) <= FORM_LASTS

    @staticmethod
    def _form_mac(key: bytes, token: str, decision_id: str, at: str) -> str:
        return hmac.new(key, f"{token}\0{decision_id}\0{at}".encode(), sha256).hexdigest()


def _letter(one: OwnNotice) -> ToldLetter:
    """A letter's own words, out of the mail as it was sent."""
    if not one.mail:
        return ToldLetter(kind=one.told.kind, at=one.told.at)
    mail = message_from_bytes(one.mail, _class=EmailMessage, policy=policy.SMTP)
    body = mail.get_body(("plain",))
    return ToldLetter(
        kind=one.told.kind,
        at=one.told.at,
        subject_line=str(mail["Subject"] or ""),
        text=body.get_content() if body else None,
    )
