"""The two ceremonies: options for the browser, and answers that are believed only when proved."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.authenticator import (
    ATTESTED,
    BACKED_UP,
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Authenticator,
)

from watchword.accounts.errors import PasskeyRefused
from watchword.accounts.factors.ceremonies import (
    ANSWER_BYTES_MAX,
    RelyingParty,
    Verification,
    authentication_options,
    check_assertion,
    check_registration,
    read_answer,
    read_answer_text,
    registration_options,
)
from watchword.base import base64url
from watchword.base.secrets import Secret

PARTY = RelyingParty("localhost", "watchword", ("http://localhost:8000", "http://127.0.0.1:8000"))
CHALLENGE = Secret(base64url.encode(b"\x01" * 32))


def creation(**more):
    values = {"user_id": "user_abc", "user_name": "alice", "challenge": CHALLENGE, "existing": ()}
    return registration_options(PARTY, **{**values, **more})


def request(**more):
    values = {"challenge": CHALLENGE, "verification": Verification.REQUIRED}
    return authentication_options(PARTY, **{**values, **more})


def register(device, party=PARTY):
    return check_registration(read_answer(device.create(creation())), party)


def assertion(device, public_key, verification=Verification.REQUIRED, party=PARTY):
    answer = read_answer(device.get(request()))
    return check_assertion(answer, party, public_key=public_key, verification=verification)


@pytest.mark.requirement("users:U48:discoverable-passkeys")
def test_registration_asks_for_a_discoverable_passkey_that_knows_its_person():
    """Web Authentication Level 3 section 5.4."""
    options = creation(existing=[(b"\x02" * 16, ("usb", "internal"))])
    assert options["rp"] == {"id": "localhost", "name": "watchword"}
    assert options["user"]["name"] == "alice"
    assert base64url.decode(options["user"]["id"]) == b"user_abc"
    assert options["challenge"] == CHALLENGE.reveal()
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert options["excludeCredentials"] == [
        {
            "id": base64url.encode(b"\x02" * 16),
            "type": "public-key",
            "transports": ["usb", "internal"],
        }
    ]


def test_a_request_names_the_passkeys_that_will_do_or_none():
    """Web Authentication Level 3 section 5.5."""
    assert request()["allowCredentials"] == []
    named = request(allowed=[(b"\x02", ())], verification=Verification.PREFERRED)
    assert named["allowCredentials"] == [{"id": "Ag", "type": "public-key"}]
    assert named["userVerification"] == "preferred"
    assert named["rpId"] == "localhost"
    assert named["challenge"] == CHALLENGE.reveal()


@pytest.mark.parametrize("alg", [-7, -8, -257])
def test_a_registered_passkey_signs_in_with_each_algorithm(alg):
    device = Authenticator(alg=alg)
    registered = register(device)
    assert registered.credential_id == device.credential_id
    assert registered.sign_count == 1
    assert registered.aaguid == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert registered.transports == ("hybrid", "internal")
    shown = assertion(device, registered.public_key)
    assert (shown.sign_count, shown.is_verified, shown.is_synced) == (2, True, False)


def test_what_the_device_says_of_itself_is_told():
    device = Authenticator(flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP, count=0)
    registered = register(device)
    assert registered.is_backed_up
    shown = assertion(device, registered.public_key)
    assert (shown.is_synced, shown.is_backed_up, shown.sign_count) == (True, True, 0)
    device.flags = PRESENT | ELIGIBLE
    unverified = assertion(device, registered.public_key, Verification.PREFERRED)
    assert (unverified.is_verified, unverified.is_backed_up) == (False, False)


LIES = {
    "another origin": {"origin": "http://localhost.evil.example:8000"},
    "another port": {"origin": "http://localhost:8001"},
    "another scheme": {"origin": "https://localhost:8000"},
    "another party": {"party": "evil.example"},
    "a party below": {"party": "a.localhost"},
    "another challenge": {"client_data": {"challenge": base64url.encode(b"\x02" * 32)}},
    "another kind": {"client_data": {"type": "payment.get"}},
    "inside a foreign page": {"client_data": {"crossOrigin": True}},
    "a page inside that says nothing clear": {"client_data": {"crossOrigin": "no"}},
    "nobody present": {"flags": VERIFIED},
    "nobody verified": {"flags": PRESENT},
    "a backup that cannot be": {"flags": PRESENT | VERIFIED | BACKED_UP},
}


def challenged(answer):
    """Read an answer as its caller does, who spends the challenge before the rest is checked."""
    if answer.challenge.reveal() != CHALLENGE.reveal():
        raise PasskeyRefused("no such challenge")
    return answer


@pytest.mark.requirement("security:37:passkey-ceremony")
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_no_lie_of_browser_or_device_is_believed(lie):
    """Web Authentication Level 3 sections 7.1 and 7.2."""
    honest = Authenticator()
    public_key = register(honest).public_key
    with pytest.raises(PasskeyRefused):
        check_registration(challenged(read_answer(Authenticator(**lie).create(creation()))), PARTY)
    for name, value in lie.items():
        setattr(honest, name, value)
    with pytest.raises(PasskeyRefused):
        check_assertion(
            challenged(read_answer(honest.get(request()))),
            PARTY,
            public_key=public_key,
            verification=Verification.REQUIRED,
        )


def test_an_answer_of_one_ceremony_is_none_of_the_other():
    device = Authenticator()
    created = device.create(creation())
    public_key = check_registration(read_answer(created), PARTY).public_key
    with pytest.raises(PasskeyRefused):
        check_registration(read_answer(device.get(request())), PARTY)
    with pytest.raises(PasskeyRefused):
        check_assertion(
            read_answer(created),
            PARTY,
            public_key=public_key,
            verification=Verification.PREFERRED,
        )


def test_a_signature_of_another_key_is_refused():
    device = Authenticator()
    other = register(Authenticator()).public_key
    register(device)
    with pytest.raises(PasskeyRefused):
        assertion(device, other)


def test_an_algorithm_that_was_not_offered_is_refused():
    with pytest.raises(PasskeyRefused):
        register(Authenticator(alg=-65535))


def test_an_attested_credential_of_another_id_is_refused():
    device = Authenticator()
    answer = device.create(creation())
    answer["id"] = answer["rawId"] = base64url.encode(b"\x09" * 32)
    with pytest.raises(PasskeyRefused):
        check_registration(read_answer(answer), PARTY)


def test_transports_are_words_of_the_standard_or_left_out():
    answer = Authenticator().create(creation())
    for claimed, kept in (
        (["usb", "x", 3, None], ("usb",)),
        ("usb", ()),
        (None, ()),
    ):
        answer["response"]["transports"] = claimed
        assert check_registration(read_answer(answer), PARTY).transports == kept


def without(document, *path):
    *parents, last = path
    for name in parents:
        document = document[name]
    del document[last]


@pytest.mark.parametrize("path", [("id",), ("response",), ("response", "clientDataJSON")])
def test_an_answer_without_a_member_is_refused(path):
    answer = Authenticator().create(creation())
    without(answer, *path)
    with pytest.raises(PasskeyRefused):
        read_answer(answer)


@pytest.mark.parametrize("credential_id", ["", "A", "AA==", "A+", base64url.encode(b"x" * 1024)])
def test_an_id_that_is_none_is_refused(credential_id):
    answer = Authenticator().create(creation())
    answer["id"] = credential_id
    with pytest.raises(PasskeyRefused):
        read_answer(answer)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"x"',
        '{"id": "AA", "id": "AA"}',
        '{"id": "AA", "response": []}',
        "{" + " " * ANSWER_BYTES_MAX + "}",
        "\ud800",
    ],
)
def test_text_that_is_no_answer_is_refused(text):
    with pytest.raises(PasskeyRefused):
        read_answer_text(text)


def test_a_text_is_read_like_its_document():
    answer = Authenticator().create(creation())
    read = read_answer_text(json.dumps(answer))
    assert read.document == answer
    assert read.challenge.reveal() == CHALLENGE.reveal()


@pytest.mark.requirement("users:U48:passkey-answers-refused-in-one-way")
@given(
    member=st.sampled_from(["attestationObject", "authenticatorData", "signature"]),
    data=st.binary(max_size=200),
    at=st.integers(0, 400),
)
def test_whatever_bytes_come_one_exception_leaves(member, data, at):
    """security.md rule 18, applied to CBOR."""
    device = Authenticator()
    created = device.create(creation())
    public_key = check_registration(read_answer(created), PARTY).public_key
    shown = device.get(request())
    changed = created if member in created["response"] else shown
    good = base64url.decode(changed["response"][member])
    spliced = good[: at % len(good)] + data + good[at % len(good) + len(data) :]
    changed["response"][member] = base64url.encode(spliced)
    try:
        if changed is created:
            check_registration(read_answer(created), PARTY)
        else:
            check_assertion(
                read_answer(shown),
                PARTY,
                public_key=public_key,
                verification=Verification.REQUIRED,
            )
    except PasskeyRefused:
        return
    assert spliced == good or changed is created


def test_the_library_comes_with_the_first_ceremony():
    """STYLE section 2: its CBOR reader and X.509 are no business of other requests."""
    program = (
        "import sys, watchword.accounts.factors.ceremonies, watchword.accounts.factors.passkeys\n"
        "assert 'webauthn' not in sys.modules and 'pyotp' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_flags_of_the_software_authenticator_are_those_of_the_standard():
    """Web Authentication Level 3 section 6.1: bits 0, 2, 3, 4 and 6."""
    assert [PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED] == [1, 4, 8, 16, 64]
