"""A vendor as an operator configures it: whom we ask, in which wire format, how often, for how much, and how it proves itself.

[[vendors]]
name = "openai"
form = "openai_moderation"            # or chat_completions, hma_lookup, sightengine, signed_webhook
url = "https://api.openai.com"
secret = "env:OPENAI_API_KEY"
model = "omni-moderation-2024-09-26"
calls_per_day = 20_000
[vendors.labels]                      # ours, to the vendor's own
harassment = ["harassment", "harassment/threatening"]
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints, model_validator

from cases.facts import Message
from cases.hook_signatures import Family
from cases.vendor_chat import ChatModel
from cases.vendor_forms import Form, VendorTerms
from cases.vendor_hma import HmaLookup
from cases.vendor_openai import OpenAIModeration
from cases.vendor_sightengine import Sightengine
from cases.vendor_webhook import SignedWebhook

SecretPlace = Annotated[str, StringConstraints(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$")]


class FormName(StrEnum):
    """The wire formats there are."""

    OPENAI = "openai_moderation"
    CHAT = "chat_completions"
    HMA = "hma_lookup"
    SIGHTENGINE = "sightengine"
    WEBHOOK = "signed_webhook"


FORMS: Final[Mapping[FormName, Form]] = {
    FormName.OPENAI: OpenAIModeration(),
    FormName.CHAT: ChatModel(),
    FormName.HMA: HmaLookup(),
    FormName.SIGHTENGINE: Sightengine(),
    FormName.WEBHOOK: SignedWebhook(),
}
CALLBACKS: Final[Mapping[FormName, tuple[Family, str]]] = {
    FormName.SIGHTENGINE: (Family.TIMESTAMPED, "sightengine-signature"),
    FormName.WEBHOOK: (Family.STANDARD, ""),
}
"""How callbacks are signed, and the header where the family has none of its own."""


class VendorTable(VendorTerms):
    """One vendor. calls_per_second: for all workers together, kept by the server of the task queue; at_once: of one worker.

    calls_per_day, micros_per_day: of each tenant; cost_micros: of a call, in millionths of the currency. answer_seconds: how
    long one request may take. opens_after: so many failures in a row, and no worker asks it for opens_for_seconds.
    """

    form: FormName
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$", max_length=500)]
    secret: SecretPlace | None = None
    callback_secrets: Annotated[tuple[SecretPlace, ...], Field(max_length=8)] = ()
    calls_per_second: Annotated[float, Field(gt=0, le=10_000)] = 5.0
    at_once: Annotated[int, Field(ge=1, le=1_000)] = 8
    calls_per_day: Annotated[int, Field(ge=0, le=2_000_000_000)] = 10_000
    cost_micros: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    micros_per_day: Annotated[int, Field(ge=0)] = 10_000_000
    answer_seconds: Annotated[float, Field(gt=0, le=45)] = 10.0
    opens_after: Annotated[int, Field(ge=1, le=1_000)] = 5
    opens_for_seconds: Annotated[float, Field(gt=0, le=86_400)] = 60.0

    @model_validator(mode="after")
    def _whole(self) -> "VendorTable":
        if self.form is not FormName.HMA and self.secret is None:
            raise ValueError("this form needs secret, a place such as env:NAME or file:/run/secrets/name")
        if self.callback_secrets and self.form not in CALLBACKS:
            raise ValueError("this form calls nobody back: leave callback_secrets out")
        if self.form is FormName.SIGHTENGINE and self.account is None:
            raise ValueError("sightengine needs account, its api_user")
        return self


class VendorFile(Message):
    """The file as a whole."""

    vendors: tuple[VendorTable, ...] = ()


@dataclass(frozen=True)
class Vendor:
    """A vendor with its secrets. callback_keys: any one of them proves a callback; none: it may not call back."""

    table: VendorTable
    secret: str = field(default="", repr=False)
    callback_keys: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """What packs and operators call it."""
        return self.table.name

    @property
    def form(self) -> Form:
        """Its wire format."""
        return FORMS[self.table.form]


Vendors = Mapping[str, Vendor]
