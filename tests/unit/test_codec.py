"""The payload codec: what is sealed, what opens it, and what happens when it cannot be opened."""

import json
import logging

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.converter import WorkflowSerializationContext

from cases.errors import SealBroken, UnknownSomething
from cases.names import appeal_workflow_id
from tests.builders import a_case_id
from tests.replay.static_keys import StaticKeys
from workers.codec import ENCODING, TOMBSTONE, CaseCodec, data_converter

CANARY = "synthetic-canary-words"
CASE = a_case_id()


def a_payload(text: str = CANARY) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps({"text": text}).encode())


def a_codec(keys: StaticKeys, workflow_id: str | None = CASE) -> CaseCodec:
    codec = CaseCodec(keys)
    if workflow_id is None:
        return codec
    return codec.with_context(WorkflowSerializationContext(namespace="default", workflow_id=workflow_id))


async def test_what_is_sealed_shows_nothing_and_opens_as_it_was():
    codec = a_codec(StaticKeys())
    (sealed,) = await codec.encode([a_payload()])
    assert CANARY.encode() not in sealed.SerializeToString()
    assert sealed.metadata["encoding"] == ENCODING
    assert await codec.decode([sealed]) == [a_payload()]


async def test_the_metadata_is_sealed_too():
    payload = Payload(metadata={"encoding": b"json/plain", "note": CANARY.encode()}, data=b"{}")
    (sealed,) = await a_codec(StaticKeys()).encode([payload])
    assert CANARY.encode() not in sealed.SerializeToString()
    assert set(sealed.metadata) == {"encoding", "key-id"}


async def test_the_same_words_never_seal_to_the_same_bytes():
    sealed = await a_codec(StaticKeys()).encode([a_payload(), a_payload()])
    assert sealed[0].data != sealed[1].data


async def test_every_case_has_a_key_of_its_own_and_any_codec_opens_by_the_keys_id():
    keys = StaticKeys()
    one = await a_codec(keys).encode([a_payload()])
    other = await a_codec(keys, a_case_id("post-2")).encode([a_payload()])
    assert one[0].metadata["key-id"] != other[0].metadata["key-id"]
    assert await a_codec(keys, None).decode([*one, *other]) == [a_payload(), a_payload()], "as the codec server does"


@pytest.mark.parametrize("workflow_id", [None, "sweeper", "temporal-sys-scheduler:sweeper", ""])
async def test_what_belongs_to_no_case_is_sealed_with_the_installations_key(workflow_id: str | None):
    (sealed,) = await a_codec(StaticKeys(), workflow_id).encode([a_payload()])
    assert sealed.metadata["key-id"] == b"_installation.test"


async def test_an_appeal_is_never_sealed_with_the_installations_key():
    (sealed,) = await a_codec(StaticKeys(), appeal_workflow_id("demo", "a-1")).encode([a_payload()])
    assert sealed.metadata["key-id"].startswith(b"demo.")


async def test_a_destroyed_key_opens_to_a_tombstone_and_seals_nothing_more():
    keys = StaticKeys()
    (sealed,) = await a_codec(keys).encode([a_payload()])
    keys.destroyed.add(sealed.metadata["key-id"].decode())
    (opened,) = await a_codec(keys).decode([sealed])
    assert json.loads(opened.data) == TOMBSTONE


async def test_a_missing_postgres_is_no_destroyed_key():
    keys = StaticKeys()
    (sealed,) = await a_codec(keys).encode([a_payload()])
    keys.away = True
    with pytest.raises(ConnectionError):
        await a_codec(keys).decode([sealed])
    with pytest.raises(ConnectionError):
        await a_codec(keys).encode([a_payload()])


async def test_an_unknown_key_is_refused_and_said_without_content(caplog: pytest.LogCaptureFixture):
    (sealed,) = await a_codec(StaticKeys()).encode([a_payload()])
    sealed.metadata["key-id"] = b"nobodys"
    with caplog.at_level(logging.WARNING), pytest.raises(UnknownSomething):
        await a_codec(StaticKeys()).decode([sealed])
    assert [(record.message, record.reason) for record in caplog.records] == [("payload refused", "unknown key")]  # type: ignore[attr-defined]
    assert CANARY not in caplog.text


async def test_a_payload_moved_under_another_key_is_refused(caplog: pytest.LogCaptureFixture):
    (sealed,) = await a_codec(StaticKeys()).encode([a_payload()])
    sealed.metadata["key-id"] = b"demo.another"
    with caplog.at_level(logging.WARNING), pytest.raises(SealBroken):
        await a_codec(StaticKeys()).decode([sealed])
    assert caplog.records[0].reason == "does not authenticate"  # type: ignore[attr-defined]


async def test_every_changed_byte_is_noticed():
    (sealed,) = await a_codec(StaticKeys()).encode([a_payload()])
    for place in range(len(sealed.data)):
        spoiled = bytearray(sealed.data)
        spoiled[place] ^= 1
        with pytest.raises(SealBroken):
            await a_codec(StaticKeys()).decode([Payload(metadata=dict(sealed.metadata), data=bytes(spoiled))])


@pytest.mark.parametrize("data", [b"", b"short", b"x" * 12])
async def test_a_truncated_payload_is_refused(data: bytes):
    (sealed,) = await a_codec(StaticKeys()).encode([a_payload()])
    with pytest.raises(SealBroken):
        await a_codec(StaticKeys()).decode([Payload(metadata=dict(sealed.metadata), data=data)])


async def test_a_key_id_that_is_no_text_is_unknown():
    sealed = Payload(metadata={"encoding": ENCODING, "key-id": b"\xff\xfe"}, data=b"x" * 64)
    with pytest.raises(UnknownSomething):
        await a_codec(StaticKeys()).decode([sealed])


async def test_a_message_from_the_plain_command_line_is_read_as_it_is():
    keys = StaticKeys()
    assert await a_codec(keys).decode([a_payload()]) == [a_payload()]
    assert keys.asked == []


async def test_failures_are_sealed_words_and_places():
    converter = data_converter(CaseCodec(StaticKeys())).with_context(
        WorkflowSerializationContext(namespace="default", workflow_id=CASE)
    )
    from temporalio.api.failure.v1 import Failure

    failure = Failure()
    await converter.encode_failure(ValueError(CANARY), failure)
    assert CANARY.encode() not in failure.SerializeToString()
    assert str(await converter.decode_failure(failure)).endswith(CANARY)
