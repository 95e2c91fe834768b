from pathlib import Path

import pytest

from watchword import jwt
from watchword.jose import errors
from watchword.jose.errors import JoseError


def every(kind):
    yield kind
    for child in kind.__subclasses__():
        yield from every(child)


# Other rooms have subclasses of their own, which a worker may have imported.
OWN = {kind for kind in every(JoseError) if kind.__module__ == JoseError.__module__}
ALL = sorted(OWN, key=lambda kind: kind.__name__)


def test_codes_are_stable_and_each_its_own():
    """Tokens.md section 5."""
    assert {kind.__name__: kind.code for kind in ALL} == {
        "AlgorithmRefused": "algorithm_refused",
        "ClaimInvalid": "claim_invalid",
        "ClaimMissing": "claim_missing",
        "ClaimsInvalid": "claims_invalid",
        "CriticalHeader": "critical_header",
        "DecryptionFailed": "decryption_failed",
        "DisclosureInvalid": "disclosure_invalid",
        "Expired": "token_expired",
        "InvalidKey": "key_invalid",
        "IssuedInFuture": "token_issued_in_future",
        "JoseError": "jose_error",
        "KeyBindingMissing": "key_binding_missing",
        "KeyMismatch": "key_mismatch",
        "KeyRefused": "key_refused",
        "KeysPending": "keys_pending",
        "KeysUnavailable": "keys_unavailable",
        "MalformedToken": "token_malformed",
        "NonceRequired": "use_dpop_nonce",
        "NotYetValid": "token_not_yet_valid",
        "PolicyRefused": "policy_refused",
        "ProofReplayed": "proof_replayed",
        "ReplayMemoryFull": "replay_memory_full",
        "SignatureInvalid": "signature_invalid",
        "StatusUnavailable": "status_unavailable",
        "TokenError": "token_refused",
        "TokenRevoked": "token_revoked",
        "TokenSuspended": "token_suspended",
        "TokenTooLarge": "token_too_large",
        "TooOld": "token_too_old",
        "UnknownKey": "unknown_key",
        "WeakKey": "key_weak",
        "WrongAudience": "wrong_audience",
        "WrongIssuer": "wrong_issuer",
        "WrongType": "wrong_type",
    }


def test_every_class_is_exported():
    assert {kind.__name__ for kind in ALL} == set(errors.__all__)
    assert set(errors.__all__) <= set(jwt.__all__)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_each_has_a_sentence_for_the_peer(kind):
    assert kind.public.endswith(".")
    error = kind(None) if kind is jwt.KeysPending else kind()
    assert str(error).partition(":")[0] == kind.code


def test_whose_fault_it_is_shows_in_the_class():
    assert issubclass(jwt.KeyRefused, ValueError)
    assert issubclass(jwt.PolicyRefused, TypeError)
    assert not issubclass(jwt.KeysUnavailable, jwt.TokenError)
    assert not issubclass(jwt.KeyRefused, jwt.TokenError)


@pytest.mark.requirement("security-a:19:safe-texts")
def test_texts_hold_code_claim_and_hint_only():
    """Security.md rule 19."""
    error = jwt.WrongIssuer("a hint", claim="iss", expected="e", got="canary", detail="canary")
    assert str(error) == "wrong_issuer (iss): a hint"
    assert repr(error) == "WrongIssuer('wrong_issuer (iss): a hint')"
    assert str(jwt.WrongIssuer("a hint")) == "wrong_issuer: a hint"
    assert (error.expected, error.got, error.detail) == ("e", "canary", "canary")


def test_a_signature_that_does_not_hold_says_what_may_be_the_matter():
    token = jwt.Token(jwt.ES256, {}, expires_in="1m").signed_string(
        jwt.Key.generate("ES256", kid=None)
    )
    policy = jwt.Verifier(
        jwt.Key.generate("ES256", kid=None), issuer=jwt.ANY, audience=jwt.ANY, typ=jwt.ANY
    )
    with pytest.raises(jwt.SignatureInvalid) as caught:
        policy.verify(token)
    assert caught.value.hint == "another key signed it, or it was changed on the way"
    assert jwt.SignatureInvalid("of its own").hint == "of its own"


def test_one_failure_is_its_own_class():
    one = jwt.Expired("late", claim="exp")
    assert one.errors == (one,)
    assert jwt.ClaimsInvalid.of([one]) is one
    both = jwt.ClaimsInvalid.of([one, jwt.WrongIssuer("other", claim="iss")])
    assert type(both) is jwt.ClaimsInvalid
    assert [type(each) for each in both.errors] == [jwt.Expired, jwt.WrongIssuer]
    assert "token_expired (exp): late; wrong_issuer (iss): other" in str(both)


def test_unavailable_keys_say_when_to_come_back():
    assert jwt.KeysUnavailable("down", retry_after=30).retry_after == 30
    assert jwt.KeysUnavailable().retry_after == 1


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "token-errors.md"


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_code_is_documented_with_its_class_and_answer(kind):
    """STYLE section 12: what happened and what to do, under the answer that it is given."""
    sections = PAGE.read_text("utf-8").split("\n## ")[1:]
    (section,) = [each for each in sections if f"| `{kind.code}` | `{kind.__name__}`" in each]
    for family, answer in ((jwt.TokenError, "401"), (jwt.KeysUnavailable, "503")):
        assert (answer in section.partition("\n")[0]) == issubclass(kind, family)
