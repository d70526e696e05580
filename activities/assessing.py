"""Assessment: detectors read the evidence, the policy pack is asked, and what they say is recorded. Effect: Postgres."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from temporalio import activity

from activities import stubs
from activities.bank_matching import look_in_banks
from activities.brakes import Brakes
from activities.campaign_evidence import machines_may_see
from activities.deriving import Deriving
from activities.detector_port import Detector, DetectorResult, Given, Picture, detection_of, failed_labels, max_scores
from activities.detectors import in_process_detectors, look_at
from activities.fingerprinting import fingerprints_of
from activities.link_signs import hosts_in
from activities.packs_in_force import PacksInForce
from activities.picture_evidence import NOTHING_KNOWN, KnownPictures, PictureEvidence
from activities.platform_client import Snapshot
from activities.text_disguises import evasion
from activities.text_features import count_links
from activities.text_folding import fold
from cases.account_picture import AccountMatter
from cases.assessing import assess, automatic_decisions, facts_in
from cases.assessments import Triaged
from cases.calibration import UNCALIBRATED, Calibration
from cases.case import Case
from cases.consulting import consultations_due, with_missing, with_stances
from cases.events import CaseEvent
from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.judging_orders import decisions_ordered
from cases.ladder_decisions import step_answer, step_assessment, steps_to_assess
from cases.matters import matter_id
from cases.names import SubjectKind, kind_of
from cases.pack_lists import found_in
from cases.policy import PolicyPack
from cases.policy_facts import AuthorFacts, ContentFacts, Facts, SignalFacts
from cases.raids import Crowd, RaidSeen, raid_seen
from cases.responsibility import decisions_on_responsible
from cases.rule_scope import DetectionOff, case_key, off_by
from cases.sweeping import swept
from cases.trust import Heard
from record import accounts, brakes, events, evidence, fingerprints, ladders, late_media, reporting
from record.record import Record

PROBING = "probing"  # the label under which near copies of an author's own count as a machine's word
COPIES_WITHIN = timedelta(hours=24)  # the same words of the same author within this time are volume


class Assessing:
    """Asks about a case. The first answer stands: whoever asks again gets what is recorded."""

    def __init__(
        self,
        record: Record,
        packs: PacksInForce,
        brakes: Brakes,
        deriving: Deriving,
        detectors: Sequence[Detector] | None = None,
        calibration: Calibration = UNCALIBRATED,
        pictures: PictureEvidence | None = None,
    ) -> None:
        self._record = record
        self._packs = packs
        self._brakes = brakes
        self._deriving = deriving
        self._detectors = detectors or in_process_detectors()
        self._calibration = calibration
        self._pictures = pictures or PictureEvidence(record)

    @activity.defn
    async def assess_case(self, request: stubs.AssessCase) -> stubs.Stored:
        """What the pack says, and the decisions rules take alone, as recorded. Detectors run off the event loop."""
        case, version = request.case, request.case.evidence[-1]
        content = await evidence.read(self._record, case.case_id, version.version)
        snapshot = Snapshot.model_validate_json(content)
        pack = await self._packs.of(case.tenant, request.now)
        off = off_by(pack.detection_off, version.surface, version.jurisdiction, reported=bool(case.counts))
        if off is None and off_by(pack.detection_off, version.surface, version.jurisdiction, reported=False):
            await self._known_again(case, version, snapshot)
        if kind_of(case.case_id) is SubjectKind.CAMPAIGN:
            snapshot = snapshot.evolve(attachments=machines_may_see(snapshot.attachments))
        seen = NOTHING_KNOWN if off else await self._known_pictures(case.case_id, snapshot, request.now)
        given = Given(
            text=snapshot.text,
            language=version.written_in,
            surface=version.surface,
            jurisdiction=version.jurisdiction,
            pictures=_pictures(snapshot, seen),
        )
        results = () if off else await asyncio.to_thread(look_at, given, self._detectors)
        listed = await asyncio.to_thread(listed_in, pack, snapshot.text) if pack.lists and not off else ()
        if not off:
            results += await look_in_banks(self._record, case.case_id, version.version, given.pictures, request.now)
        async with self._record.together(case.tenant):
            lately = pack.campaigns.alike_since(request.now) if pack.campaigns else request.now
            alike = await fingerprints.count_copies(self._record, case.case_id, lately, request.now - COPIES_WITHIN)
            told = await self._told(case, version, snapshot, results, alike, request.now, pack)
            told = told.evolve(listed=listed) if off is None else _unscanned(told, off)
            account = version.author_target
            matters = await accounts.matters_of(self._record, case.tenant, account) if account else []
            heard = await reporting.heard_in(self._record, case.case_id, request.now, pack.reporters)
            together = await self._together(case, pack, request.now)
        asked_about = [matter for matter in case.matters if matter.evidence_version == version.version]
        pinned = await self._packs.of_matters(case.tenant, asked_about)
        alleged = [facts_in(area, case, told, heard, matters, request.now) for area in case.counts]
        due = consultations_due(pack, case, version.version, told, pinned.values(), alleged) if off is None else ()
        consultations = (*case.consultations, *due)
        told = with_missing(told, consultations, version.version)
        body = await self._brakes.applied(
            case,
            with_stances(
                swept(
                    case, version, self._triaged(pack, pinned, version, results, told, heard, matters, request)
                ).evolve(asked=due),
                case,
                consultations,
                lambda area: pinned.get(matter_id(area, version.version), pack),
            ),
            version.author_target,
            request.now,
            protected=told.author.protected,
        )
        body = body.evolve(raid=_raid(case, pack, body, alike.lately, together, request.now))
        event_id = f"triage:{request.through}/{version.version}"
        asked = CaseEvent(event_id=event_id, occurred_at=request.now, body=body)
        brought = decisions_on_responsible(case, version.version, request.now)
        decided = (*automatic_decisions(asked), *decisions_ordered(case, asked), *brought)
        stored = await events.append(self._record, case.case_id, (asked, *decided), request.now)
        if stored[0].body != asked.body:  # an earlier answer stands, and so do the decisions that follow from it
            decided = (*automatic_decisions(stored[0]), *decisions_ordered(case, stored[0]), *brought)
            again = await events.append(self._record, case.case_id, decided, request.now) if decided else []
            stored = [stored[0], *again]
        await self._deriving.followed(case.case_id, stored)
        return stubs.Stored(events=tuple(stored))

    def _triaged(
        self,
        active: PolicyPack,
        pinned: Mapping[str, PolicyPack],
        version: EvidenceVersion,
        results: tuple[DetectorResult, ...],
        told: Facts,
        heard: Mapping[str, Heard],
        matters: Sequence[AccountMatter],
        request: stubs.AssessCase,
    ) -> Triaged:
        case = request.case
        body = assess(
            case,
            version.version,
            told,
            heard,
            lambda area: pinned.get(matter_id(area, version.version), active),
            active.area_of_label,
            request.through,
            request.now,
            tuple(detection_of(result) for result in results),
            matters,
        )
        steps = [
            step_assessment(active, step_answer(active, one.crossing), one, version.version, request.now)
            for one in steps_to_assess(case)
        ]
        return body.evolve(assessments=(*body.assessments, *steps)) if steps else body

    async def _known_again(self, case: Case, version: EvidenceVersion, snapshot: Snapshot) -> None:
        """What machines might not look at until somebody reported it has its fingerprints from then on."""
        secret = await self._record.keyring.subject_secret(case.tenant)
        found = await asyncio.to_thread(fingerprints_of, secret, snapshot, looked_at=True)
        await fingerprints.make_up(self._record, case.case_id, version, found)

    async def _known_pictures(self, case_id: str, snapshot: Snapshot, now: datetime) -> KnownPictures:
        """What was read when the evidence was captured: reading takes longer than a case may wait here. Of the rest we hear."""
        known = await self._pictures.known(case_id, snapshot.attachments)
        if known.away or known.late:
            await late_media.miss(self._record, case_id, known.away | known.late, now)
        return known

    async def _together(self, case: Case, pack: PolicyPack, now: datetime) -> Crowd:
        """Who came to the content's community lately; nobody is counted where the pack has no campaigns."""
        if pack.campaigns is None or kind_of(case.case_id) is not SubjectKind.CONTENT:
            return Crowd()
        return await fingerprints.gathered(self._record, case.case_id, pack.campaigns.together_since(now))

    async def _told(
        self,
        case: Case,
        version: EvidenceVersion,
        snapshot: Snapshot,
        results: tuple[DetectorResult, ...],
        alike: fingerprints.Counted,
        now: datetime,
        pack: PolicyPack,
    ) -> Facts:
        """The facts but for the reports of one area; `area` holds the tenant's pack until an area takes its place."""
        account = version.author_target
        born = snapshot.author.created_at if snapshot.author else None
        scores = max_scores(results)
        if alike.variants:
            scores[PROBING] = probing(alike.variants)
        both = {label: max(scores.get(label, 0.0), case.scores.get(label, 0.0)) for label in {*scores, *case.scores}}
        counting = {area: pack.counting_of(area) for area in pack.areas}
        strikes = await ladders.counting(self._record, case.tenant, account, counting, now) if account else 0
        pace = (
            await fingerprints.velocity(self._record, case.tenant, account, now) if account else fingerprints.Velocity()
        )
        protection = await brakes.protection_of(self._record, case.tenant, account, now) if account else None
        return Facts(
            area=pack.id,
            tenant=case.tenant,
            subject_kind=kind_of(case.case_id),
            surface=version.surface,
            jurisdiction=version.jurisdiction,
            signals=SignalFacts(
                max_score=dict(sorted(both.items())),
                calibrated=dict(sorted(self._calibration.calibrated(map(_as_judged, results)).items())),
                failed=tuple(sorted(failed_labels(results) - both.keys())),
            ),
            author=AuthorFacts(
                strikes=strikes,
                account_age_days=max(0, (now - born).days) if born else None,
                protected=protection is not None,
                contents_1h=pace.hour,
                contents_24h=pace.day,
            ),
            content=ContentFacts(
                length=len(snapshot.text),
                links=count_links(snapshot.text),
                duplicates=await fingerprints.repeated(self._record, case.case_id, now - COPIES_WITHIN),
                copies=alike.copies,
                near_copies=alike.near_copies,
                variants=alike.variants,
                evasion=(await asyncio.to_thread(evasion, snapshot.text)).score,
                media=len(snapshot.attachments),
                language=version.written_in,
                language_sure=version.language_sure,
                created_at=snapshot.created_at if version.origin is EvidenceOrigin.PLATFORM else None,
            ),
            key=case_key(case.case_id),
            judged_at=now,
        )


def listed_in(pack: PolicyPack, text: str) -> tuple[str, ...]:
    """The pack's lists of which something is in the text. Blocking, milliseconds for a long text."""
    return found_in(pack.lists, pack.entries, hosts_in(text), fold(text).text)


def _unscanned(told: Facts, off: DetectionOff) -> Facts:
    """The facts where machines may not look: what any of them said is left out, and the law that says so is named."""
    unseen = told.content.evolve(evasion=0.0)
    return told.evolve(signals=SignalFacts(max_score={}), content=unseen, unscanned=off.source)


def probing(variants: int) -> float:
    """How much so many variants of one content by one account in a day look like trying what a machine lets pass, 0 to 1."""
    return round(1 - 0.8**variants, 6)


def _raid(case: Case, pack: PolicyPack, body: Triaged, alike: Crowd, together: Crowd, now: datetime) -> RaidSeen | None:
    """Once for each content: whoever takes part already is a member."""
    if pack.campaigns is None or case.raid or not body.assessments or kind_of(case.case_id) is not SubjectKind.CONTENT:
        return None
    limits = {name: limit.value for name, limit in pack.thresholds.items()}
    return raid_seen(pack.campaigns, limits, alike, together, body.assessments[0].area, now)


def _as_judged(result: DetectorResult) -> tuple[str, str, str, float | None]:
    """Named as its detection is kept, by which it was judged."""
    kept = detection_of(result)
    return kept.detector, kept.version, kept.label, kept.score


def _pictures(snapshot: Snapshot, known: KnownPictures) -> tuple[Picture, ...]:
    """The attachments by their hashes: the platform's, and our own by place, from 1; what is no hash is no picture."""
    return tuple(
        Picture(
            sha256=sha256 if isinstance(sha256 := one.get("sha256"), str) else None,
            pdq=pdq if isinstance(pdq := one.get("pdq"), str) else None,
            quality=quality if isinstance(quality := one.get("pdq_quality"), int) else None,
            seen=known.seen.get(place),
            unread=place in known.unread,
        )
        for place, one in enumerate(snapshot.attachments, start=1)
    )
