"""The holder's part: keep, choose, bind."""

import pytest
from tests.jose.keys import key
from tests.jose.sdjwt.credentials import (
    CLAIMS,
    NONCE,
    RECEIVER,
    free_verifier,
    holder,
    issue,
    present,
    token_verifier,
)

from watchword import jwt, sdjwt
from watchword.jose.sdjwt import form


def shown(text: str) -> dict[str, object]:
    claims = dict(free_verifier().verify(text).claims)
    return {name: claims[name] for name in CLAIMS if name in claims}


@pytest.mark.requirement("rfc9901:7.2:holder-checks")
def test_the_holder_learns_what_it_may_show():
    found = sdjwt.receive(issue(), token_verifier(), holder=holder())
    assert dict(found.verified.claims).items() >= CLAIMS.items()
    assert set(found.hidden) == {
        ("email",), ("address",), ("address", "street"),
        ("nationalities", 0), ("nationalities", 1), ("nationalities", 2),
    }  # fmt: skip
    assert "alice" not in repr(found)


@pytest.mark.requirement("rfc9901:7.2:no-key-binding-at-issuance", "tokens:J-47:holder")
def test_a_presentation_is_refused_at_issuance_and_is_not_presented_again():
    text = present(issue())
    with pytest.raises(jwt.MalformedToken, match="key binding"):
        sdjwt.receive(text, token_verifier())
    with pytest.raises(jwt.MalformedToken, match="key binding"):
        sdjwt.present(text, show=[])


def test_the_holder_refuses_what_is_bound_to_another_or_to_nobody():
    other = jwt.Key.generate("ES256")
    with pytest.raises(jwt.UnknownKey, match="another key"):
        sdjwt.receive(issue(holder=other.public()), token_verifier(), holder=holder())
    with pytest.raises(jwt.UnknownKey, match="nobody"):
        sdjwt.receive(issue(holder=None), token_verifier(), holder=holder())
    with pytest.raises(jwt.KeyMismatch, match="another key"):
        present(issue(), holder=other)


def test_the_holder_checks_the_issuers_policy():
    with pytest.raises(jwt.WrongType):
        sdjwt.receive(issue(), token_verifier(typ="other+sd-jwt"))
    with pytest.raises(jwt.SignatureInvalid):
        sdjwt.receive(flipped(issue()), token_verifier())


def flipped(text: str) -> str:
    token, _, rest = text.partition("~")
    header, payload, signature = token.split(".")
    changed = ("B" if signature[0] == "A" else "A") + signature[1:]
    return f"{header}.{payload}.{changed}~{rest}"


@pytest.mark.requirement("rfc9901:7.2:selection", "rfc9901:4:any-subset")
@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], {"sub": "alice", "nationalities": []}),
        (["email"], {"sub": "alice", "nationalities": [], "email": "alice@example.org"}),
        (["address"], {"sub": "alice", "nationalities": [], "address": {"city": "Anytown"}}),
        (
            ["address.street"],
            {"sub": "alice", "nationalities": [], "address": CLAIMS["address"]},
        ),
        (
            ["nationalities.1", ("nationalities", 2)],
            {"sub": "alice", "nationalities": ["FR", "US"]},
        ),
        (["*", "*.*"], CLAIMS),
    ],
)
def test_the_holder_shows_what_it_chose_and_what_that_needs(paths, expected):
    assert shown(present(issue(), paths, holder=None, audience=None, nonce=None)) == expected


def test_all_that_is_hidden_can_be_shown_again():
    text = issue()
    everything = sdjwt.receive(text, token_verifier()).hidden
    assert sdjwt.present(text, show=everything) == text


def test_a_presentation_can_be_narrowed_by_whoever_has_it():
    """RFC 9901 section 9.9: without key binding nobody is prevented."""
    wide = sdjwt.present(issue(), show=["email", "nationalities.0", "nationalities.1"])
    narrow = sdjwt.present(wide, show=["nationalities.1"])
    assert shown(narrow) == {"sub": "alice", "nationalities": ["FR"]}


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"show": ["sub"]}, "nothing that is hidden"),
        ({"show": ["nationalities.3"]}, "nothing that is hidden"),
        ({"show": "email"}, "list of paths"),
        ({"holder": None}, "add holder="),
        ({"holder": None, "nonce": None}, "add holder="),
        ({"nonce": None}, "audience= and nonce="),
        ({"nonce": ""}, "audience= and nonce="),
        ({"audience": None}, "audience= and nonce="),
        ({"audience": ["a"]}, "audience= and nonce="),
    ],
)
def test_a_mistake_of_the_holder_is_named(changes, match):
    with pytest.raises(jwt.PolicyRefused, match=match):
        present(issue(), **changes)


def test_a_public_key_cannot_bind():
    with pytest.raises(jwt.InvalidKey):
        present(issue(), holder=holder().public())


def test_text_that_is_no_token_is_refused():
    for text in ("x", "a.b.c~", "a.b~", 7):
        with pytest.raises(jwt.MalformedToken):
            sdjwt.present(text, show=[])
        with pytest.raises(jwt.MalformedToken):
            sdjwt.receive(text, token_verifier())
    for text in ("x", "a.b~"):
        with pytest.raises(jwt.MalformedToken):
            sdjwt.to_json(text)


@pytest.mark.requirement("rfc9901:8:json-serialization")
def test_the_json_form_goes_there_and_back():
    for text in (issue(), present(issue())):
        assert sdjwt.from_json(sdjwt.to_json(text)) == text
        assert ("kb_jwt" in sdjwt.to_json(text)) == bool(form.read(text).key_binding)


@pytest.mark.parametrize("alg", ["RS256", "Ed25519", "ES384"])
def test_keys_of_other_types_bind_too(alg):
    text = issue(holder=key(alg).public())
    bound = present(text, holder=key(alg))
    policy = sdjwt.required(audience=RECEIVER, max_age=60, algorithms=(alg,))
    found = sdjwt.Verifier(token_verifier(), key_binding=policy).verify(bound, nonce=NONCE)
    assert found.key_binding.key.thumbprint() == key(alg).thumbprint()
