"""Raw messages, read before they are stored."""

from cases.names import SubjectKind
from record.parsing import RawMessage, read_raw
from tests.builders import NOON, a_case_id


def test_the_same_broken_message_to_two_cases_is_two_messages():
    one, other = a_case_id("post-1", kind=SubjectKind.CONTENT), a_case_id("post-2", kind=SubjectKind.CONTENT)
    empty = RawMessage(kind="decide", channel="signal", payload={"arguments": 0})
    first, again, elsewhere = (read_raw(b"secret", stream, frozenset(), empty, NOON) for stream in (one, one, other))
    assert first.message_id == again.message_id
    assert first.message_id != elsewhere.message_id
