"""What services send: reports, notices, orders, signals, appeals."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from api.answers import BatchAnswer, BatchResult, Receipt
from api.batch_bodies import chunks
from api.client.transport import LONGEST_PAUSE_SECONDS, Transport, Unavailable
from api.order_answers import OrdersAnswer
from api.requests import (
    AuthorityReportRequest,
)
from cases.legal_requests import NoticeMessage, TakeItDownMessage
from cases.messages import AppealMessage, ReportMessage, SignalMessage
from cases.order_messages import AuthorityOrderRequest, OrderChangeRequest
from cases.stances import TellingRequest


class Sending(Transport):
    """What services send: reports, notices, orders, signals, appeals."""

    async def submit_report(self, message: ReportMessage) -> Receipt:
        """Report a subject. Raises Refused or Unavailable, as every method here."""
        return await self._post("/v1/reports", message, Receipt)

    async def submit_notice(self, message: NoticeMessage) -> Receipt:
        """Give notice of illegal content (DSA Art. 16). The receipt names what is missing."""
        return await self._post("/v1/notices", message, Receipt)

    async def request_removal(self, message: TakeItDownMessage) -> Receipt:
        """Ask for an intimate depiction to be removed (47 U.S.C. 223a), or complete such a request."""
        return await self._post("/v1/take-it-down", message, Receipt)

    async def take_order(self, order: AuthorityOrderRequest) -> Receipt:
        """Take down an authority's order. The receipt names what is missing, and by when it is due."""
        return await self._post("/v1/orders", order, Receipt)

    async def change_order(self, change: OrderChangeRequest) -> Receipt:
        """Note what happened to an authority's order."""
        return await self._post("/v1/order-changes", change, Receipt)

    async def orders(self, limit: int = 100, after: str | None = None) -> OrdersAnswer:
        """Authorities' orders, the newest, or those before `after`: where each stands, and what is owed by when."""
        return await self._get("/v1/orders", OrdersAnswer, {"limit": limit, **({"after": after} if after else {})})

    async def set_telling(self, telling: TellingRequest) -> Receipt:
        """Set how open we may be with a person of a case, or lift it."""
        return await self._post("/v1/tellings", telling, Receipt)

    async def submit_signal(self, message: SignalMessage) -> Receipt:
        """Pass on a machine's indication."""
        return await self._post("/v1/signals", message, Receipt)

    async def submit_batch(self, messages: Sequence[ReportMessage | SignalMessage]) -> BatchAnswer:
        """Many reports and signals, in as few requests as they fit in; a result for each, index as in messages. What is
        postponed is sent again.

        Raises as every method here; what was kept before is known when the same messages are sent again.
        """
        answer, results = await self._batch(messages)
        for pause in self._pauses:
            later = [one.index for one in results if one.outcome == "postponed"]
            if not later:
                break
            await asyncio.sleep(min(max(pause, answer.retry_after_seconds or 0), LONGEST_PAUSE_SECONDS))
            answer, again = await self._batch([messages[place] for place in later])
            for place, one in zip(later, again, strict=True):
                results[place] = one.evolve(index=place)
        counts = Counter(one.outcome for one in results)
        if counts["postponed"]:
            text = f"{counts['postponed']} of {len(results)} messages are not let in yet; send the same again"
            code = next(one.code for one in results if one.outcome == "postponed") or "unavailable"
            raise Unavailable(text, 429, answer.retry_after_seconds or 2.0, code=code)
        return BatchAnswer(
            accepted=counts["accepted"],
            known=counts["known"],
            conflict=counts["conflict"],
            refused=counts["refused"],
            next=answer.next,
            results=tuple(results),
        )

    async def _batch(self, messages: Sequence[ReportMessage | SignalMessage]) -> tuple[BatchAnswer, list[BatchResult]]:
        """The last answer, and a result for each message."""
        answer = BatchAnswer(accepted=0, known=0, conflict=0, refused=0, next="")
        results: list[BatchResult] = []
        for chunk in chunks(messages):
            answer = await self._answer("/v1/batches", chunk, BatchAnswer)
            results += [one.evolve(index=one.index + len(results)) for one in answer.results]
        return answer, results

    async def appeal(self, message: AppealMessage) -> Receipt:
        """Appeal a decision for a person who was told of it."""
        return await self._post("/v1/appeals", message, Receipt)

    async def report_to_authority(self, message: AuthorityReportRequest) -> Receipt:
        """Say that the report owed to an authority was filed."""
        return await self._post("/v1/authority-reports", message, Receipt)
