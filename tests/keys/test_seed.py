"""Keys on paper for a cold start. Source: tokens.md J-45."""

import json

import pytest

from watchword import jwt
from watchword.keys.seed import SEED_BYTES_MAX, Seed, read_seed, write_seed

PLACE = "https://id.example.com/jwks"
KEY = jwt.Key.generate("ES256", kid="a")
SEED = Seed(jwt.KeySet([KEY]), 1_900_000_000, 600)


def written(**changes: object) -> str:
    return json.dumps(json.loads(write_seed(SEED, PLACE)) | changes)


@pytest.mark.requirement("tokens:J-45:export-and-seed")
@pytest.mark.parametrize("form", [str, str.encode])
def test_what_is_written_is_read(form):
    read = read_seed(form(write_seed(SEED, PLACE)), PLACE, ["ES256"])
    assert read.keys.find("ES256", "a").to_jwk() == KEY.public().to_jwk()
    assert (read.fetched_at, read.lifetime_seconds) == (1_900_000_000, 600)


def test_no_private_part_is_written():
    text = write_seed(SEED, PLACE)
    assert str(KEY.to_jwk(private=True)["d"]) not in text
    assert '"d"' not in text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (written(**{"from": "https://id.example.com/jwks/"}), "another URL or issuer"),
        (written(fetched_at="1900000000"), "times are missing"),
        (written(fetched_at=True), "times are missing"),
        (written(lifetime_seconds=None), "times are missing"),
        (written(lifetime_seconds=-1), "times are missing"),
        (written(jwks=None), "no usable keys"),
        (written(jwks={"keys": []}), "no usable keys"),
        (written(jwks={"keys": [{"kty": "oct", "k": "A" * 43}]}), "no usable keys"),
        ("[]", "another URL or issuer"),
        ("{", "what export"),
        ("", "what export"),
        (" " * (SEED_BYTES_MAX + 1), "what export"),
    ],
)
def test_what_was_altered_is_refused_when_the_set_is_made(text, hint):
    with pytest.raises(jwt.PolicyRefused, match=hint):
        read_seed(text, PLACE, ["ES256"])


def test_a_key_that_would_not_be_taken_from_the_issuer_is_not_taken_from_a_seed():
    with pytest.raises(jwt.PolicyRefused, match="no usable keys"):
        read_seed(write_seed(SEED, PLACE), PLACE, ["RS256"])
    private = {"keys": [KEY.to_jwk(private=True)]}
    with pytest.raises(jwt.PolicyRefused, match="no usable keys"):
        read_seed(written(jwks=private), PLACE, ["ES256"])


def test_the_largest_set_fits_its_limit():
    members = jwt.Key.generate("RS512").public().to_jwk()
    keys = [jwt.Key.from_jwk(members | {"kid": f"{number:0>200}"}) for number in range(50)]
    text = write_seed(Seed(jwt.KeySet(keys), 1, 600), PLACE)
    assert len(read_seed(text, PLACE, ["RS512"]).keys) == 50
