import pytest
from tests.jose.keys import NOW, FixedClock, key

from watchword import jwt


def test_the_flow_that_go_readers_know():
    """Tokens.md section 3."""
    secret = jwt.Secret.generate("HS256")
    token = jwt.Token(jwt.HS256, {"username": "admin"}, expires_in="15m")
    text = token.signed_string(secret)
    parsed = jwt.parse(
        text, lambda t: secret if t.method is jwt.HS256 else None, methods=[jwt.HS256]
    )
    assert parsed.valid
    assert parsed.method is jwt.HS256
    assert parsed.header == {"alg": "HS256", "typ": "JWT"}
    assert parsed.claims["username"] == "admin"
    assert not token.valid


def test_new_with_claims_is_the_same_thing():
    assert jwt.new_with_claims is jwt.Token


def test_iat_and_exp_are_added_and_the_callers_kept():
    clock = FixedClock()
    token = jwt.Token(jwt.HS256, {"a": 1}, expires_in="1h", clock=clock)
    assert token.claims == {"iat": NOW, "a": 1, "exp": NOW + 3600}
    own = jwt.Token(jwt.HS256, {"iat": 1, "exp": NOW + 2}, expires_in=None, clock=clock)
    assert own.claims == {"iat": 1, "exp": NOW + 2}
    assert "exp" not in jwt.Token(jwt.HS256, {}, expires_in=None, clock=clock).claims


def test_an_end_is_given_once():
    """Two answers to one question, of which one would be passed over in silence."""
    for exp in (NOW + 9, None, "soon"):
        with pytest.raises(jwt.PolicyRefused, match="expires_in=None"):
            jwt.Token(jwt.HS256, {"exp": exp}, expires_in="1m", clock=FixedClock())


@pytest.mark.parametrize("expires_in", [0, "soon", -1, True, 1.5])
def test_a_lifetime_is_a_duration(expires_in):
    with pytest.raises(jwt.PolicyRefused):
        jwt.Token(jwt.HS256, {}, expires_in=expires_in, clock=FixedClock())


def test_nobody_changes_what_was_checked():
    given = {"sub": "alice"}
    token = jwt.Token(jwt.HS256, given, expires_in="1m", clock=FixedClock())
    given["sub"] = "bob"
    for members in (token.claims, token.header):
        with pytest.raises(TypeError):
            members["sub"] = "carol"
    assert token.claims["sub"] == "alice"


def test_a_parsed_token_may_be_signed_again():
    text = jwt.Token(jwt.HS256, {"a": [1]}, expires_in="1m", clock=FixedClock()).signed_string(
        key("HS256")
    )
    parsed = jwt.parse(text, lambda _: key("HS256"), methods=[jwt.HS256], clock=FixedClock())
    again = parsed.signed_string(key("HS256"))
    assert jwt.peek(again).claims == jwt.peek(text).claims


def test_the_lifetime_is_written_out():
    """Users.md U6."""
    with pytest.raises(TypeError):
        jwt.Token(jwt.HS256, {})


def test_an_explicit_type_is_written():
    token = jwt.Token(jwt.ES256, {}, expires_in="1m", typ="at+jwt")
    assert token.header == {"alg": "ES256", "typ": "at+jwt"}
    assert token.method is jwt.ES256
    assert jwt.peek(token.signed_string(key("ES256"))).header.kid == "kid-ES256"


@pytest.mark.parametrize("method", ["HS256", None, jwt.HMAC])
def test_a_method_is_an_object(method):
    with pytest.raises(jwt.PolicyRefused, match=r"jwt\.HS256"):
        jwt.Token(method, {}, expires_in="1m")


@pytest.mark.requirement("security-a:1:keys-are-objects")
@pytest.mark.parametrize(
    ("method", "way"), [(jwt.HS256, r'jwt\.Secret\(text, alg="HS256"\)'), (jwt.RS256, "from_pem")]
)
@pytest.mark.parametrize("text", ["secret", b"secret", None])
def test_text_is_never_a_key_and_the_error_says_what_to_write(method, way, text):
    """golang-jwt/jwt#245: the puzzle that the typed key ends."""
    with pytest.raises(TypeError, match=way):
        jwt.Token(method, {}, expires_in="1m").signed_string(text)


@pytest.mark.requirement("tokens:J-1:one-algorithm", "security-a:2:one-algorithm")
def test_a_key_of_another_algorithm_signs_nothing():
    with pytest.raises(jwt.KeyMismatch, match="RS256"):
        jwt.Token(jwt.PS256, {}, expires_in="1m").signed_string(key("RS256"))


def test_what_a_verifier_would_refuse_is_refused_at_issue():
    with pytest.raises(jwt.PolicyRefused):
        jwt.Token(jwt.HS256, {"sub": 7}, expires_in="1m").signed_string(key("HS256"))
    with pytest.raises(jwt.PolicyRefused, match="longer"):
        jwt.Token(jwt.HS256, {"x": "a" * 13_000}, expires_in="1m").signed_string(key("HS256"))


@pytest.mark.requirement("tokens:J-31:canaries")
def test_the_repr_shows_no_claim():
    token = jwt.Token(jwt.HS256, {"sub": "canary"}, expires_in="1m")
    assert repr(token) == "Token(method=HS256, valid=False)"
