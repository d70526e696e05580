"""The payload codec: everything Temporal keeps of a case is sealed with the case's own random key.

Which key: by the workflow id that the SDK hands over as context; appeals and filings share their case's key; everything
else (the sweeper, the codec server's own encoding) is sealed with the installation's. What opens: the key id in the
payload's metadata, bound to the ciphertext. A missing Postgres makes decoding raise, so that the task is retried; only a
destroyed key decodes to a tombstone, since a history whose key is gone must still be readable as gone.
"""

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from opentelemetry import metrics
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
)

from cases.errors import IdentityError, KeyDestroyed, SealBroken, UnknownSomething
from cases.names import tenant_of

logger = logging.getLogger(__name__)
_refused = metrics.get_meter("dueprocess").create_counter(
    "dueprocess.payloads_refused", description="sealed payloads that could not be opened"
)

ENCODING = b"binary/dueprocess-aes256gcm"
TOMBSTONE = {"erased": "the key of this case was destroyed"}
_NONCE = 12  # bytes
_CONVERTERS: Final = tuple(PydanticPayloadConverter().converters.values())  # with the type adapters of this process
_KNOWN_WORKFLOWS: Final = 1_000


class Key(Protocol):
    """A data key: an id that may stand in the clear, and 32 secret bytes."""

    @property
    def key_id(self) -> str: ...

    @property
    def secret(self) -> bytes: ...


class Keys(Protocol):
    """Where keys are looked up; `record.keys.Keyring` in production."""

    async def case_key(self, tenant: str, workflow_id: str) -> Key: ...

    async def key_by_id(self, key_id: str) -> Key: ...

    async def installation_key(self) -> Key: ...


class CaseCodec(PayloadCodec, WithSerializationContext):
    """Seals and opens payloads. One per process; a copy per workflow knows whose payloads it seals."""

    def __init__(self, keys: Keys, workflow_id: str | None = None) -> None:
        self._keys = keys
        self._workflow_id = workflow_id

    def with_context(self, context: SerializationContext) -> Self:
        """This codec, for one workflow's payloads."""
        return type(self)(self._keys, getattr(context, "workflow_id", None))

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Sealed payloads. Raises what the key store raises."""
        key = await self._key_to_seal()
        return [_seal(key, payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Opened payloads; those that were never sealed (a message from the plain CLI) pass as they are.

        Raises SealBroken for a payload that does not authenticate, UnknownSomething for a key id that never was.
        """
        return [await self._open(payload) for payload in payloads]

    async def _key_to_seal(self) -> Key:
        try:
            tenant = tenant_of(self._workflow_id or "")
        except IdentityError:
            return await self._keys.installation_key()
        return await self._keys.case_key(tenant, self._workflow_id or "")

    async def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata.get("key-id", b"").decode(errors="replace")
        try:
            key = await self._keys.key_by_id(key_id)
        except KeyDestroyed:
            return _tombstone()
        except UnknownSomething:
            _note_refused("unknown key")
            raise
        try:
            opened = AESGCM(key.secret).decrypt(payload.data[:_NONCE], payload.data[_NONCE:], _bound_to(key_id))
        except (InvalidTag, ValueError):  # ValueError: shorter than any sealed payload
            _note_refused("does not authenticate")
            raise SealBroken from None
        return Payload.FromString(opened)


class SharedPayloadConverter(PydanticPayloadConverter):
    """Pydantic models as JSON. The SDK makes an instance for every run and more; all share one set of type adapters."""

    def __init__(self) -> None:
        CompositePayloadConverter.__init__(self, *_CONVERTERS)


@dataclass(frozen=True)
class CaseDataConverter(DataConverter):
    """Asked for a workflow's converter several times a payload, it makes one. Only the codec needs to know whose it is."""

    _of_workflows: dict[str | None, Self] = field(init=False, repr=False, compare=False, default_factory=dict)

    def with_context(self, context: SerializationContext) -> Self:
        """This converter, for one workflow's payloads."""
        workflow_id = getattr(context, "workflow_id", None)
        if (made := self._of_workflows.get(workflow_id)) is not None:
            return made
        if len(self._of_workflows) >= _KNOWN_WORKFLOWS:
            self._of_workflows.clear()
        made = self._of_workflows[workflow_id] = super().with_context(context)
        return made


def data_converter(codec: PayloadCodec) -> DataConverter:
    """The one converter of every client, worker, replayer and test: pydantic models, sealed; failures sealed as well."""
    return CaseDataConverter(
        payload_converter_class=SharedPayloadConverter,
        payload_codec=codec,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def _seal(key: Key, payload: Payload) -> Payload:
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(key.secret).encrypt(nonce, payload.SerializeToString(), _bound_to(key.key_id))
    return Payload(metadata={"encoding": ENCODING, "key-id": key.key_id.encode()}, data=nonce + sealed)


def _bound_to(key_id: str) -> bytes:
    return b"temporal payload\0" + ENCODING + b"\0" + key_id.encode()


def _note_refused(reason: str) -> None:
    _refused.add(1, {"reason": reason})
    logger.warning("payload refused", extra={"event": "payload_refused", "reason": reason})


def _tombstone() -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(TOMBSTONE).encode())
