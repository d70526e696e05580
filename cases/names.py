"""The names others rely on: ids, task queues, message names, search attributes. Changed only with a changelog entry."""

import hmac
import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from cases.errors import IdentityError

PAGE_OF_CASE: Final = "page_of_case"  # a worker's function: the address of a case's page for reviewers
CASES_TASK_QUEUE: Final = "cases"
PLATFORM_TASK_QUEUE: Final = "platform"
NOTICES_TASK_QUEUE: Final = "notices"
TRANSPARENCY_TASK_QUEUE: Final = "transparency"
SUBSCRIBERS_TASK_QUEUE: Final = "subscribers"

CASE_WORKFLOW: Final = "CaseWorkflow"
APPEAL_WORKFLOW: Final = "AppealWorkflow"
FILING_WORKFLOW: Final = "FilingWorkflow"
BATCH_WORKFLOW: Final = "BatchWorkflow"
BULK_WORKFLOW: Final = "BulkWorkflow"
SWEEPER_WORKFLOW: Final = "SweeperWorkflow"
WATCH_WORKFLOW: Final = "WatchWorkflow"
DRIFT_WORKFLOW: Final = "DriftWatchWorkflow"
LATE_MEDIA_WORKFLOW: Final = "LateMediaWorkflow"
CONSULTATION_WORKFLOW: Final = "ConsultationWorkflow"
EVENT_FEED_WORKFLOW: Final = "EventFeedWorkflow"
RING: Final = "ring"

# Attribute name to Temporal type. Frozen: SQL visibility has ten Keyword columns and three of each other type.
SEARCH_ATTRIBUTES: Final[Mapping[str, str]] = {
    "CaseStage": "Keyword",
    "CaseCategory": "Keyword",
    "CaseQueue": "Keyword",
    "CaseTenant": "Keyword",
    "CaseRule": "Keyword",
    "CaseJurisdiction": "Keyword",
    "CasePriority": "Int",
    "CaseDueAt": "Datetime",
    "CaseStuck": "Bool",
    "CaseLegalHold": "Bool",
}

SUBJECT_ID_LIMIT: Final = 512  # characters
FAMILIES: Final = ("case", "appeal", "filing", "batch", "consultation")
_TENANT = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]")
_KEY = re.compile(r"[0-9a-f]{32}")
_OWN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


class SubjectKind(StrEnum):
    """What a case can be about."""

    CONTENT = "content"
    ACCOUNT = "account"
    COMMUNITY = "community"
    TRANSACTION = "transaction"
    CAMPAIGN = "campaign"


class WorkflowName(NamedTuple):
    """A workflow id taken apart. family: one of FAMILIES; rest: what follows the tenant."""

    family: str
    tenant: str
    rest: str


def canonical_subject_id(subject_id: str) -> str:
    """The platform's id in Unicode NFC, otherwise untouched.

    Raises IdentityError for what no platform issues and what a URL path or a log would mangle: an empty id, one of over
    512 characters, control characters, blanks at either end, a path step of `.` or `..`.
    """
    canonical = unicodedata.normalize("NFC", subject_id)
    if not canonical or len(canonical) > SUBJECT_ID_LIMIT:
        raise IdentityError(f"a subject id has 1 to {SUBJECT_ID_LIMIT} characters, this has {len(canonical)}")
    if canonical != canonical.strip() or any(unicodedata.category(c) in ("Cc", "Cs") for c in canonical):
        raise IdentityError("a subject id has no control characters, and no blanks at its ends")
    if {".", ".."} & set(re.split(r"[/\\]", canonical)):
        raise IdentityError("a subject id has no path step of . or ..")
    return canonical


def subject_key(secret: bytes, kind: SubjectKind, subject_id: str) -> str:
    """The subject's place in ids that are never encrypted: 32 hex digits of a keyed hash under the tenant's secret."""
    text = f"{kind}\0{canonical_subject_id(subject_id)}".encode()
    return hmac.new(secret, text, sha256).hexdigest()[:32]


def person_key(secret: bytes, reference: str) -> str:
    """A person's place in a case, from an account id or an address: 16 hex digits of a keyed hash."""
    text = f"person\0{unicodedata.normalize('NFC', reference)}".encode()
    return hmac.new(secret, text, sha256).hexdigest()[:16]


def checked_tenant(tenant: str) -> str:
    """The tenant's name, or IdentityError. Two to 32 lower-case letters, digits and hyphens."""
    if not _TENANT.fullmatch(tenant):
        raise IdentityError("a tenant's name is 2 to 32 lower-case letters, digits and hyphens, a letter first")
    return tenant


def case_workflow_id(tenant: str, kind: SubjectKind, key: str) -> str:
    """`case/{tenant}/{kind}/{key}`: the case's id everywhere, and its workflow's."""
    if not _KEY.fullmatch(key):
        raise IdentityError("a subject key is 32 lower-case hex digits")
    return f"case/{checked_tenant(tenant)}/{kind}/{key}"


def appeal_workflow_id(tenant: str, appeal_id: str) -> str:
    """`appeal/{tenant}/{appeal_id}`."""
    return f"appeal/{checked_tenant(tenant)}/{_own_id(appeal_id)}"


def filing_workflow_id(tenant: str, filing_id: str) -> str:
    """`filing/{tenant}/{filing_id}`."""
    return f"filing/{checked_tenant(tenant)}/{_own_id(filing_id)}"


def batch_workflow_id(tenant: str, name: str) -> str:
    """`batch/{tenant}/{name}`."""
    return f"batch/{checked_tenant(tenant)}/{_own_id(name)}"


def consultation_workflow_id(case_id: str, consultation_id: str) -> str:
    """`consultation/{tenant}/{kind}.{key}.{ask}.{version}`, of this case."""
    name = parse_workflow_id(case_id)
    subject = name.rest.replace("/", ".")
    return f"consultation/{name.tenant}/{_own_id(f'{subject}.{consultation_id}')}"


def vendor_task_queue(vendor: str) -> str:
    """`vendor-{name}`: the task queue of one vendor's calls."""
    return f"vendor-{vendor}"


def event_feed_workflow_id(tenant: str, subscriber: str) -> str:
    """`events/{tenant}/{subscriber}`. It is no case's: it knows nothing but whose events it sends to whom."""
    return f"events/{checked_tenant(tenant)}/{_own_id(subscriber)}"


def bulk_workflow_id(tenant: str, bulk_id: str) -> str:
    """`bulk/{tenant}/{bulk_id}`. It is no case's: its payloads hold ids alone, and are sealed with the installation's key."""
    return f"bulk/{checked_tenant(tenant)}/{_own_id(bulk_id)}"


@lru_cache(maxsize=4096)  # every payload and every statement asks whose it is: some eighty times a case
def parse_workflow_id(workflow_id: str) -> WorkflowName:
    """A workflow id of ours taken apart. Raises IdentityError for any other."""
    family, _, rest = workflow_id.partition("/")
    tenant, _, rest = rest.partition("/")
    if family not in FAMILIES or not rest or not rest.isprintable() or not _TENANT.fullmatch(tenant):
        raise IdentityError(f"{workflow_id[:80]!r} is none of our workflow ids ({', '.join(FAMILIES)}) of a tenant")
    if family == "case":
        kind, _, key = rest.partition("/")
        if kind not in set(SubjectKind) or not _KEY.fullmatch(key):
            raise IdentityError(f"{workflow_id[:80]!r} is not case/<tenant>/<kind>/<32 hex digits>")
    return WorkflowName(family, tenant, rest)


def tenant_of(workflow_id: str) -> str:
    """The tenant whose workflow this is. Raises IdentityError."""
    return parse_workflow_id(workflow_id).tenant


def is_appeal(workflow_id: str) -> bool:
    """Whether this names an appeal, and no case."""
    return workflow_id.startswith("appeal/")


def kind_of(case_id: str) -> SubjectKind:
    """What the case of this id is about. Raises IdentityError."""
    return SubjectKind(parse_workflow_id(case_id).rest.partition("/")[0])


def _own_id(own_id: str) -> str:
    if not _OWN_ID.fullmatch(own_id):
        raise IdentityError("an id is 1 to 128 letters, digits and . _ : -, a letter or digit first")
    return own_id
