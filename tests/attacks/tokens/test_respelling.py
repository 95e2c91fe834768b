"""One token, one text: every other spelling of a valid token is refused.

Source: RFC 8725 section 3.14; PyJWT GHSA-hxm8-2xgr-2p9m; security.md rule 7; tokens.md J-15.
"""

import pytest
from tests.jose import forge
from tests.jose.keys import signer, verifier

from watchword import jwt

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="module")
def good():
    return signer().sign(sub="alice", jti="x")


@pytest.mark.requirement("tokens:J-15:canonical", "security-a:7:canonical")
def test_each_byte_inserted_at_each_position_breaks_the_token(good):
    """Security.md rule 7; the verifier has seen the good token, so every shortcut is open."""
    policy = verifier()
    for _ in range(3):
        policy.verify(good)
    data = good.encode()
    for position in range(len(data) + 1):
        for byte in range(256):
            try:
                policy.verify(data[:position] + bytes([byte]) + data[position:])
            except jwt.TokenError:
                continue
            pytest.fail(f"byte {byte} at {position} is accepted")


@pytest.mark.requirement("tokens:J-15:canonical", "security-a:7:canonical")
@pytest.mark.parametrize("part", [0, 1, 2])
def test_unused_bits_are_zero(part):
    """A last character may hold 2 or 4 bits that no byte uses."""
    for filler in range(3):
        header = forge.encode(forge.dump(forge.header(x="a" * filler)))
        payload = forge.encode(forge.dump(forge.claims(x="a" * filler)))
        good = forge.sign_parts(header, payload).split(".")
        last = ALPHABET.index(good[part][-1])
        for other in range(64):
            if other == last:
                continue
            changed = [*good[:part], good[part][:-1] + ALPHABET[other], *good[part + 1 :]]
            for text in (".".join(changed), forge.sign_parts(*changed[:2])):
                if text == ".".join(good):
                    continue
                if part < 2 and is_canonical(changed[part]) and text != ".".join(changed):
                    continue  # another token, rightly signed
                with pytest.raises(jwt.TokenError):
                    verifier().verify(text)


def is_canonical(part: str) -> bool:
    unused = {0: 1, 2: 16, 3: 4}[len(part) % 4]
    return ALPHABET.index(part[-1]) % unused == 0


@pytest.mark.requirement("tokens:J-16:json-form-refused")
@pytest.mark.parametrize(
    "spell",
    [
        lambda text: f"Bearer {text}",
        lambda text: f"bearer {text}",
        lambda text: f" {text}",
        lambda text: f"{text} ",
        lambda text: f"{text}\n",
        lambda text: f"{text}=",
        lambda text: f'"{text}"',
        lambda text: f"{text}\0",
        lambda text: f"\ufeff{text}",
        lambda text: f"{text}.",
        lambda text: f".{text}",
        lambda text: text.replace(".", "\uff0e"),
        lambda text: text.replace(".", "%2E"),
        lambda text: text.replace(".", ".."),
        lambda text: text.replace(".", ". "),
        lambda text: text.replace(".", "=."),
        lambda text: text.replace("e", "\u0435", 1),
        lambda text: text.replace("A", "\uff21"),
        lambda text: text.upper(),
        lambda text: text.swapcase(),
        lambda text: text[::-1],
        lambda text: f'{{"payload":"{text.split(".")[1]}","signature":"{text.split(".")[2]}"}}',
    ],
)
def test_other_spellings_are_refused(good, spell):
    text = spell(good)
    assert text != good
    with pytest.raises(jwt.MalformedToken):
        verifier().verify(text)


def test_the_standard_alphabet_is_refused():
    payload = forge.claims(x="\u00bf\u00be\u00ff" * 9)
    good = forge.token(payload=forge.dump(payload).encode("ascii").decode("unicode_escape"))
    respelt = good.replace("-", "+").replace("_", "/")
    assert respelt != good
    assert verifier().verify(good)
    with pytest.raises(jwt.TokenError):
        verifier().verify(respelt)
    header, body, _ = respelt.split(".")
    with pytest.raises(jwt.MalformedToken):
        verifier().verify(forge.sign_parts(header, body))
