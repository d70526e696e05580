"""Reviewers' pages under /review: sign in, the queue, a case, the decision, the lead's board, who is on call."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.answers import Claimed, DecisionAccepted
from api.counting import Refusals
from api.dossiers import Preview
from api.errors import DoorError, Refused, ServiceUnavailable
from api.http.access import Gate
from api.http.claiming import at_work_for
from api.http.forms import form_fields
from api.http.problem_json import HttpProblem, sentence_of, status_of
from api.http.review_forms import FIELDS, decision_of
from api.http.review_rendering import render
from api.http.review_sessions import Session, Sessions
from api.http.tokens import Principal, Role
from api.http.written import keep, place_of, refuse_foreign, words_of, written
from api.requests import ClaimRequest
from cases.errors import BadInput, CaseError, TokenRefused
from cases.names import is_appeal
from cases.presentation import Level
from cases.sights import SEVERE_PICTURES, Sight
from cases.tokens import peek_claims

START: Final = "/review"
QUEUE: Final = "/review/queue"
SIGN_IN: Final = "/review/sign-in"
YOU: Final = "/review/you"
PEOPLE: Final = (Role.REVIEWER, Role.OPERATOR, Role.AUDITOR)
LEADS: Final = (Role.OPERATOR, Role.AUDITOR)
QUALITY_DAYS: Final = 30
OVER: Final = "Your session is over; nothing was sent. Sign in, and the form is as you left it."
RESUMED: Final = "You are signed in again, and nothing was sent yet. Look over what you wrote, and send it."
QUEUE_SHOWN: Final = 50
DONE: Final = {
    "decided": "Decided. The case records it, and people are told once the platform has confirmed.",
    "released": "Given back. A colleague can take it.",
    "changed": "Done. The record keeps who, when and why.",
    "none": "No task is free for you now.",
    "withdrawn": "Taken back. The matter is open again.",
    "declared": "Declared. Nothing of it comes to you from now on.",
}


class Undo(NamedTuple):
    """What may be taken back, and until when."""

    stream: str
    decision: str
    until: datetime


class SignedOut(Exception):
    """Nobody is signed in, or no longer."""


class ReviewPages:
    """The pages' way in. gate: asks the doors and counts requests; sessions: who is signed in."""

    def __init__(self, gate: Gate, sessions: Sessions) -> None:
        self._gate, self._sessions = gate, sessions

    async def session(self, request: Request, *roles: Role) -> Session:
        """Who opens the page, in one of these roles. Raises SignedOut; HttpProblem in another role; TooMany."""
        session = self._sessions.of(request)
        if session is None:
            raise SignedOut
        self._gate.admit(request, session.principal, "request", urgent=True)
        if await self._gate.doors().desk.signed_out(session.principal.tenant, session.name):
            raise SignedOut
        if session.principal.role not in roles:
            wanted = " or ".join(roles)
            detail = (
                f"You are signed in as {session.principal.role}; this page is for {wanted}. Sign in with such a token."
            )
            raise HttpProblem(HTTPStatus.FORBIDDEN, "wrong_role", detail)
        return _at_work(session, str(request.path_params.get("stream", "")))

    async def posted(self, request: Request, *roles: Role) -> tuple[Session, dict[str, str]]:
        """Who sends a form of ours, and its fields. Raises as `session`; HttpProblem for a form of somebody else's making."""
        session = await self.session(request, *roles)
        fields = await form_fields(request, FIELDS)
        refuse_foreign(request)
        if fields.get("form") != session.form_token:
            raise HttpProblem(
                HTTPStatus.FORBIDDEN, "foreign_form", "This form is not of your session; open the page again."
            )
        return _at_work(session, fields.get("stream", "")), fields

    async def page_or_problem(self, request: Request, answered: Callable[[], Awaitable[Response]]) -> Response:
        """The page; who is signed out is sent to sign in; what is wrong is a page that says so. Either has what they wrote."""
        try:
            return await answered()
        except SignedOut:
            wrote = await written(request)
            if wrote:
                page = render("sign_in", None, place=place_of(wrote), kept=keep(wrote), problem=OVER, title="Sign in")
                return HTMLResponse(page, HTTPStatus.UNAUTHORIZED)
            return RedirectResponse(f"{SIGN_IN}{_back(request)}", HTTPStatus.SEE_OTHER)
        except (CaseError, HttpProblem) as error:
            if isinstance(error, HttpProblem):
                Refusals().count("review_pages", error.code)
            status = error.status if isinstance(error, HttpProblem) else status_of(error)
            detail = error.detail if isinstance(error, HttpProblem) else sentence_of(error)
            wrote = await written(request)
            means = {"wrote": words_of(wrote), "place": place_of(wrote), "detail": detail}
            page = render("problem", self._sessions.of(request), title="That did not work", **means)
            return HTMLResponse(page, status, error.headers if isinstance(error, HttpProblem) else None)

    async def resumed(self, session: Session, wrote: dict[str, str]) -> Response:
        """The form that somebody sent whose session had ended, as they filled it in; nothing of it was done."""
        stream = wrote["stream"]
        session = _at_work(session, stream)
        try:
            return await self.case_page(session, stream, level_of(wrote), fields=wrote, said=RESUMED)
        except DoorError:  # they hold it no longer, or never did: the case as anybody sees it
            return await self.case_page(session, stream, fields=wrote, said=RESUMED)

    async def queue_page(
        self,
        session: Session,
        queue: str | None,
        done: str | None,
        tenant: str | None = None,
        undo: Undo | None = None,
    ) -> Response:
        """What waits, the most urgent first: of one tenant; what this reviewer holds: of all they work for.

        undo: of what was just decided.
        """
        who, doors = session.principal, self._gate.doors()
        shown = tenant if tenant in who.serves else who.tenant
        answer = await doors.queue(shown, queue, QUEUE_SHOWN)
        held = [
            task
            for one in sorted({who.tenant, *who.serves})
            for task in (await doors.desk.held(one, who.person) if who.role is Role.REVIEWER else ())
        ]
        said = DONE.get(done or "", "")
        queues = (await doors.queues(shown)).queues
        means = {"answer": answer, "held": held, "queue": queue, "queues": queues, "tenant": shown, "said": said}
        return HTMLResponse(render("queue", session, title="Queue", now=doors.now(), undo=undo, **means))

    async def case_page(
        self,
        session: Session,
        stream: str,
        level: Level | None = None,
        *,
        fields: dict[str, str] | None = None,
        said: str = "",
        problem: str = "",
        acknowledged: bool = False,
        chosen: int = 0,
        preview: Preview | None = None,
        status: int = 200,
    ) -> Response:
        """A case or an appeal, with the form to decide it where the reader holds its task. fields: what they had filled in.

        chosen: the attachment that is shown as closely as was asked for.
        """
        who, doors = session.principal, self._gate.doors()
        dossier = await doors.desk.dossier(
            *(who.tenant, stream, who.person, level),
            acknowledged=acknowledged,
            chosen=chosen,
            named=sees_restricted(who),
        )
        claimed = await self._claimed(who, stream, dossier.task.task_id) if dossier.task else None
        page = render(
            "case",
            session,
            dossier=dossier,
            queues=(await doors.queues(who.tenant)).queues,
            claimed=claimed,
            may_claim=who.role is Role.REVIEWER,
            fields=fields or {},
            wrote=words_of(fields or {}),
            said=said,
            problem=problem,
            preview=preview,
            title="Case" if dossier.task is None else _asked(dossier.task.kind),
        )
        return HTMLResponse(page, status)

    async def asked_for(self, session: Session, stream: str, fields: dict[str, str]) -> int:
        """The attachment that a form asks to see more closely, once that is kept; 0 where it asks for none."""
        place, sight = fields.get("attachment", ""), fields.get("sight", "")
        if not place.isdecimal() or len(place) > 3 or sight not in set(Sight):
            return 0
        who = session.principal
        await self._gate.doors().desk.ask_for_attachment(
            who.tenant, who.person, stream, int(place), Sight(sight), named=sees_restricted(who)
        )
        return int(place)

    async def decided(self, session: Session, fields: dict[str, str]) -> Response:
        """The decision is durable, or the form comes back with what is wrong."""
        who, doors = session.principal, self._gate.doors()
        try:
            accepted = await doors.decide(who.tenant, who.person, decision_of(fields))
        except (BadInput, Refused, TokenRefused, ServiceUnavailable) as error:
            return await self._again(session, fields, error)
        place = f"{QUEUE}?done=decided{await self._undo(who, fields['token'], accepted)}"
        return RedirectResponse(place, HTTPStatus.SEE_OTHER)

    async def _undo(self, who: Principal, token: str, accepted: DecisionAccepted) -> str:
        """What of the queue's address offers to take it back; nothing where it may not be."""
        claims = peek_claims(token)
        elsewhere = claims.stream != accepted.case_id and not is_appeal(claims.stream)
        if elsewhere or claims.task_id.startswith("second:"):
            return ""
        named = (claims.stream, claims.task_id, accepted.decision_id)
        until = await self._gate.doors().changeable_until(who.tenant, who.person, *named)
        offer = {"stream": claims.stream, "decision": accepted.decision_id, "until": until and until.isoformat()}
        return f"&{urlencode(offer)}" if until else ""

    async def previewed(self, session: Session, fields: dict[str, str]) -> Response:
        """The page again, with the letters this decision would send."""
        who, stream = session.principal, fields.get("stream", "")
        try:
            preview = await self._gate.doors().desk.preview(who.tenant, who.person, stream, decision_of(_whole(fields)))
        except (BadInput, Refused) as error:
            return await self._again(session, fields, error)
        return await self.case_page(session, stream, level_of(fields), fields=fields, preview=preview)

    async def _again(self, session: Session, fields: dict[str, str], error: CaseError) -> Response:
        try:
            return await self.case_page(
                session,
                fields.get("stream", ""),
                level_of(fields),
                fields=fields,
                problem=sentence_of(error),
                status=status_of(error),
            )
        except DoorError:  # the claim is over, too: the first problem is the one to tell
            raise error from None

    async def _claimed(self, who: Principal, stream: str, task_id: str) -> Claimed | None:
        """The holder's own claim again, with a token for the evidence as it is shown now."""
        wanted = ClaimRequest(stream=stream, task_id=task_id)
        return await self._gate.doors().claim(who.tenant, who.person, wanted, who.accounts, who.named_roles)


def _at_work(session: Session, stream: str) -> Session:
    """The session, at work for the tenant whose case this is: what somebody does in a case, they do for its tenant alone."""
    return replace(session, principal=at_work_for(session.principal, stream))


def _back(request: Request) -> str:
    """After signing in, back to the page that was asked for."""
    if request.method != "GET":
        return ""
    asked = f"?{request.url.query}" if request.url.query else ""
    return f"?next={quote(request.url.path + asked)}"


def sees_restricted(who: Principal) -> bool:
    """Whether this person may see pictures of what is restricted, where the pack lets anybody."""
    return SEVERE_PICTURES in who.named_roles


def level_of(fields: dict[str, str]) -> Level | None:
    return Level(fields["level"]) if fields.get("level") in set(Level) else None


def _whole(fields: dict[str, str]) -> dict[str, str]:
    """A preview needs no rationale yet."""
    return fields if fields.get("rationale", "").strip() else {**fields, "rationale": "-"}


def _asked(kind: str) -> str:
    return {"matter": "Review", "second_look": "Second look", "hearing": "Appeal", "order": "Given up order"}[kind]
