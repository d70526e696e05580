"""Webhook signatures: the public vectors of each family, and what does not hold."""

import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cases.hook_signatures import Family, key_of, proof_of

# The vector of the Standard Webhooks libraries (standard-webhooks/standard-webhooks, libraries/*/tests).
STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD_BODY = b'{"test": 2432232314}'
STANDARD_AT = datetime.fromtimestamp(1614265330, UTC)
STANDARD = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
# GitHub docs, "Validating webhook deliveries", "Testing the webhook payload validation".
GITHUB_SECRET = "It's a Secret to Everybody"
GITHUB = {"x-sig": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}
# RFC 4231, test case 2.
RFC_SECRET, RFC_BODY = "Jefe", b"what do ya want for nothing?"
RFC = {"x-sig": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"}
OTHER_SECRET = "whsec_" + b64encode(b"an other secret, 32 bytes long..").decode()


def standard(headers=STANDARD, body=STANDARD_BODY, secrets=(STANDARD_SECRET,), now=STANDARD_AT):
    keys = [key_of(Family.STANDARD, secret) for secret in secrets]
    return proof_of(Family.STANDARD, keys, headers, body, "", now)


def test_the_vector_of_standard_webhooks_holds_and_proves_id_and_time():
    proof = standard()

    assert proof is not None
    assert (proof.event_id, proof.signed_at) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", STANDARD_AT)


def test_one_good_signature_among_several_is_enough_and_one_good_secret_too():
    several = {**STANDARD, "webhook-signature": f"v1,bm90aGluZw== v1a,xyz {STANDARD['webhook-signature']}"}

    assert standard(several)
    assert standard(secrets=(OTHER_SECRET, STANDARD_SECRET))
    assert standard(secrets=(OTHER_SECRET,)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "16142653e1"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-timestamp": "١٦١٤٢٦٥٣٣٠"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"webhook-signature": "v1,ﬀ"},
    ],
)
def test_whatever_is_changed_of_the_headers_does_not_hold(changed):
    assert standard({**STANDARD, **changed}) is None


def test_a_changed_byte_of_the_body_does_not_hold():
    assert standard(body=STANDARD_BODY + b" ") is None


@pytest.mark.parametrize(("off", "holds"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_the_replay_window_is_five_minutes_both_ways(off: int, holds: bool):
    assert bool(standard(now=STANDARD_AT + timedelta(seconds=off))) is holds


def test_the_vector_of_github_holds_and_only_under_its_scheme():
    keys = [key_of(Family.PREFIXED, GITHUB_SECRET)]

    assert proof_of(Family.PREFIXED, keys, GITHUB, b"Hello, World!", "x-sig", STANDARD_AT)
    assert proof_of(Family.PREFIXED, keys, GITHUB, b"Hello, World?", "x-sig", STANDARD_AT) is None
    as_sha1 = {"x-sig": GITHUB["x-sig"].replace("sha256=", "sha1=")}
    assert proof_of(Family.PREFIXED, keys, as_sha1, b"Hello, World!", "x-sig", STANDARD_AT) is None


def test_the_vector_of_rfc_4231_holds_as_a_plain_signature():
    keys = [key_of(Family.PLAIN, RFC_SECRET)]

    assert proof_of(Family.PLAIN, keys, RFC, RFC_BODY, "x-sig", STANDARD_AT)
    assert proof_of(Family.PLAIN, keys, {}, RFC_BODY, "x-sig", STANDARD_AT) is None
    assert proof_of(Family.PLAIN, [], RFC, RFC_BODY, "x-sig", STANDARD_AT) is None


@pytest.mark.parametrize(("off", "holds"), [(0, True), (299, True), (-301, False), (301, False)])
def test_a_timestamped_signature_covers_its_time(off: int, holds: bool):
    made = hmac.new(b"synthetic", b"1614265330." + STANDARD_BODY, sha256).hexdigest()
    headers = {"x-sig": f"t=1614265330, v1={'0' * 64},v1={made}"}
    now = STANDARD_AT + timedelta(seconds=off)

    proof = proof_of(Family.TIMESTAMPED, [b"synthetic"], headers, STANDARD_BODY, "x-sig", now)

    assert bool(proof) is holds
    for wrong in (f"t=1614265331,v1={made}", f"v1={made}", f"t=,v1={made}", "t=1614265330", ""):
        assert proof_of(Family.TIMESTAMPED, [b"synthetic"], {"x-sig": wrong}, STANDARD_BODY, "x-sig", now) is None


def test_an_rsa_signature_holds_under_its_public_key_only():
    private, other = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
    signed = {"x-sig": b64encode(private.sign(STANDARD_BODY, PKCS1v15(), SHA256())).decode()}
    ours, theirs = (
        key_of(Family.RSA, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
        for key in (private, other)
    )

    assert proof_of(Family.RSA, [theirs, ours], signed, STANDARD_BODY, "x-sig", STANDARD_AT)
    assert proof_of(Family.RSA, [theirs], signed, STANDARD_BODY, "x-sig", STANDARD_AT) is None
    assert proof_of(Family.RSA, [ours], {"x-sig": "no base64!"}, STANDARD_BODY, "x-sig", STANDARD_AT) is None


@pytest.mark.parametrize(
    ("family", "secret", "says"),
    [
        (Family.STANDARD, "whsec_???", "is not base64"),
        (Family.STANDARD, "whsec_c2hvcnQ=", "24 to 64 bytes"),
        (Family.PLAIN, "  ", "is empty"),
        (Family.RSA, "no key", "not a public key in PEM"),
    ],
)
def test_a_secret_of_the_wrong_form_says_what_it_should_be_and_not_what_it_is(family, secret, says):
    with pytest.raises(ValueError, match=says) as refused:
        key_of(family, secret)

    assert not secret.strip() or secret not in str(refused.value)
