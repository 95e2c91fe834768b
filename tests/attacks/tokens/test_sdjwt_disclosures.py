"""A holder who shows what the issuer did not say, and an issuer's token read in two ways.

Source: RFC 9901 sections 7.1, 9.2, 9.4 and 9.7; tokens.md J-46.
"""

import pytest
from tests.jose.sdjwt.credentials import (
    CLAIMS,
    digests,
    disclosure,
    free_verifier,
    issue,
    signed,
)

from watchword import jwt, sdjwt
from watchword.base import base64url, strict_json
from watchword.jose.sdjwt import form
from watchword.jose.sdjwt.disclosure import parse


@pytest.mark.requirement("rfc9901:9.2:manipulation")
def test_a_changed_value_has_another_digest():
    text = issue({"role": "user"}, hide=["role"])
    [good] = form.read(text).disclosures
    salt, name, _ = strict_json.loads(base64url.decode(good), bytes_max=1000)
    forged = disclosure(salt, name, "admin")
    with pytest.raises(sdjwt.DisclosureInvalid):
        free_verifier().verify(text.replace(good, forged))
    with pytest.raises(sdjwt.DisclosureInvalid):
        free_verifier().verify(text + forged + "~")


def test_the_same_array_spelt_otherwise_is_another_disclosure():
    """The digest is over the text, so that nothing is canonicalized."""
    text = issue({"role": "user"}, hide=["role"])
    [good] = form.read(text).disclosures
    respelt = disclosure(*strict_json.loads(base64url.decode(good), bytes_max=1000))
    assert respelt != good
    with pytest.raises(sdjwt.DisclosureInvalid):
        free_verifier().verify(text.replace(good, respelt))


def test_a_claim_in_the_clear_cannot_be_overridden():
    role = disclosure("salt", "role", "admin")
    text = signed({"role": "user", "_sd": digests(role)}, role)
    with pytest.raises(sdjwt.DisclosureInvalid, match="name of another"):
        free_verifier().verify(text)


def test_a_disclosure_cannot_move_to_another_place():
    """A member of one object is no member of another, nor of the payload."""
    text = issue({"a": {"admin": True}, "b": {}}, hide=["a", "a.admin"], holder=None)
    inner = [d for d in form.read(text).disclosures if parse(d).name == "admin"]
    with pytest.raises(sdjwt.DisclosureInvalid, match="no digest"):
        free_verifier().verify(form.Parts(form.read(text).token, tuple(inner), "").text)


def test_a_hash_that_is_cut_short_is_refused():
    """RFC 9901 section 9.4: sha-256-32 can be met by trying."""
    for name in ("sha-256-32", "sha-256-64", "sha-1", "md5"):
        with pytest.raises(sdjwt.DisclosureInvalid):
            free_verifier().verify(signed({"_sd_alg": name}))


def test_the_hash_cannot_be_chosen_by_the_holder():
    choice = disclosure("salt", "_sd_alg", "sha-512")
    with pytest.raises(sdjwt.DisclosureInvalid):
        free_verifier().verify(signed({"_sd": digests(choice)}, choice))


def test_an_expiry_that_an_issuer_hid_cannot_be_kept_back():
    """RFC 9901 section 9.7; tokens.md J-24: `exp` is required of what is left."""
    end = disclosure("salt", "exp", 1)
    payload = {"exp": None, "_sd": digests(end)}
    with pytest.raises(jwt.TokenError):
        free_verifier().verify(signed(payload))


@pytest.mark.requirement("tokens:J-46:limits", "tokens:J-17:sizes-first")
def test_what_is_large_is_refused_before_it_is_read(monkeypatch):
    """No digest is computed and no JSON read of what exceeds a limit."""
    monkeypatch.setattr("watchword.base.strict_json.loads", None)
    monkeypatch.setattr("watchword.jose.sdjwt.process.digest", None)
    token = signed({})
    for text in (
        token + "D~" * 201,
        token + "~" * 100_000,
        token + "D" * 200_000 + "~",
        "." * 200_000 + "~",
    ):
        with pytest.raises(jwt.MalformedToken):
            free_verifier().verify(text)


def test_two_hundred_disclosures_that_hold_one_another_are_refused():
    """Each is small and shallow; the recursion they ask for is not."""
    chain = [disclosure("s", "x", 1)]
    while len(chain) < 200:
        chain.append(disclosure("s", "x", {"_sd": digests(chain[-1])}))
    with pytest.raises(sdjwt.DisclosureInvalid, match="deeper"):
        free_verifier().verify(signed({"_sd": digests(chain[-1])}, *chain))


@pytest.mark.requirement("security-a:19:safe-texts")
def test_no_error_shows_what_was_hidden():
    canary = "canary-5e1f"
    shown = disclosure(canary, canary, canary)
    element = disclosure(canary, canary)
    texts = (
        signed({}, shown),
        signed({"_sd": digests(element)}, element),
        signed({"a": [{"...": digests(shown)[0]}]}, shown),
        signed({canary: 1, "_sd": digests(shown)}, shown),
        signed({"_sd": digests(shown)}, shown, shown),
        signed({"_sd_alg": canary}),
        signed({"_sd": {canary: canary}}),
        signed({}, canary + "!"),
    )
    for text in texts:
        with pytest.raises(jwt.TokenError) as caught:
            free_verifier().verify(text)
        error = caught.value
        assert canary not in str(error) + repr(error) + error.public + error.detail
    assert CLAIMS["email"] not in repr(free_verifier().verify(issue()))
