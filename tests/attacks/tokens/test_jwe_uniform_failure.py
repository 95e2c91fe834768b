"""An oracle asked: wrong key, changed wrapped key, changed content, wrong padding.

All fail alike: the same class, the same words, the same calls with arguments of the same sizes.
Source: RFC 7516 section 11.5; jwcrypto CVE-2016-6298; tokens.md J-35.
"""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tests.jose.jwe.recipients import DATA, FAMILIES, decrypter, joined, key, parts, token

from watchword import jwe, jwt
from watchword.base import chance
from watchword.jose.jwe import content

WRAPPING = [family for family in FAMILIES if family[0] not in ("dir", "ECDH-ES")]
ENCS = ["A128GCM", "A128CBC-HS256"]


def flipped(data, position=0):
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


def spoilt(alg, enc, crv):
    """Yield tokens that differ from a good one in one part each, of the right length."""
    header, encrypted_key, iv, ciphertext, tag = parts(token(alg, enc, crv))
    if encrypted_key:
        # The first byte of an RSA ciphertext may lift it above the modulus; the last may not.
        yield joined([header, flipped(encrypted_key, -1), iv, ciphertext, tag])
    yield joined([header, encrypted_key, flipped(iv), ciphertext, tag])
    yield joined([header, encrypted_key, iv, flipped(ciphertext), tag])
    yield joined([header, encrypted_key, iv, ciphertext, flipped(tag, -1)])


def other_key(alg, enc, crv):
    """Return a key of the same kind and kid that another recipient holds."""
    row = jwe.KEY_MANAGEMENT[alg]
    if alg.startswith("PBES2"):
        return jwe.Password("another", alg=alg, kid=f"kid-{alg}")
    if row.is_symmetric:
        return jwe.Secret.generate(alg, enc=enc if alg == "dir" else None, kid=f"kid-{alg}")
    return jwe.Key.generate(alg, crv=crv, kid=f"kid-{alg}")


@pytest.mark.requirement(
    "tokens:J-35:uniform-failure", "rfc7516:11.5:no-oracle", "rfc7516:11.4:random-cek"
)
@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize(("alg", "crv"), FAMILIES)
def test_every_failure_has_the_same_words_after_the_same_work(alg, crv, enc, monkeypatch):
    """Tokens.md J-35: the calls are compared, not the clock."""
    good = decrypter(alg, enc, crv)
    stranger = jwe.Decrypter(other_key(alg, enc, crv), enc=[enc])
    attempts = [(good, text) for text in spoilt(alg, enc, crv)]
    attempts.append((stranger, token(alg, enc, crv)))
    seen, work = set(), []
    decrypt = content.decrypt

    def counted(row, cek, box, aad):
        calls.append((row.name, len(cek), len(box.iv), len(box.ciphertext), len(box.tag), len(aad)))
        return decrypt(row, cek, box, aad)

    monkeypatch.setattr(content, "decrypt", counted)
    for opener, text in attempts:
        calls = []
        with pytest.raises(jwt.DecryptionFailed) as caught:
            opener.decrypt(text)
        error = caught.value
        seen.add((str(error), repr(error), error.public, error.hint, error.claim, error.detail))
        assert error.__cause__ is None
        assert error.__context__ is None
        work.append(tuple(calls))
    assert len(seen) == 1
    assert len(set(work)) == 1
    assert len(work[0]) == 1


@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize(("alg", "crv"), WRAPPING)
def test_a_wrapped_key_that_does_not_open_is_replaced_by_a_random_one(alg, crv, enc, monkeypatch):
    """RFC 7516 section 11.5: drawn before the outcome is known, and fresh each time."""
    used = []
    decrypt = content.decrypt

    def noted(row, cek, box, aad):
        used.append(cek)
        return decrypt(row, cek, box, aad)

    drawn = []
    draw = chance.SystemChance.token_bytes

    def counted(self, count):
        drawn.append(count)
        return draw(self, count)

    good = token(alg, enc, crv)
    header, encrypted_key, *rest = parts(good)
    changed = joined([header, flipped(encrypted_key, -1), *rest])
    opener = decrypter(alg, enc, crv)
    monkeypatch.setattr(content, "decrypt", noted)
    monkeypatch.setattr(chance.SystemChance, "token_bytes", counted)
    assert opener.decrypt(good).data == DATA
    for _ in range(3):
        with pytest.raises(jwt.DecryptionFailed):
            opener.decrypt(changed)
    assert len(set(used)) == 4
    assert drawn == [len(used[0])] * 4


@pytest.mark.requirement("tokens:J-33:exact-cek")
@pytest.mark.parametrize("size", [0, 1, 15, 17, 24, 32])
def test_a_content_key_of_another_length_fails_like_a_wrong_one(size):
    """Only RSA can hide a key of any length; whoever made it knew the public key."""
    public = key("RSA-OAEP").public()
    enc = jwe.CONTENT_ENCRYPTION["A128GCM"]
    wrapped = public.wrap(b"k" * size, enc, {}, chance.SYSTEM).encrypted_key
    header, _, *rest = parts(token("RSA-OAEP"))
    with pytest.raises(jwt.DecryptionFailed) as caught:
        decrypter("RSA-OAEP").decrypt(joined([header, wrapped, *rest]))
    assert str(caught.value) == "decryption_failed"


@pytest.mark.requirement("tokens:J-35:mac-before-cbc", "rfc7518:5.2.2.2:mac-first")
def test_nothing_is_decrypted_before_the_mac_holds(monkeypatch):
    """A padding oracle needs a decryption of what it sends."""
    started = []
    texts = list(spoilt("dir", "A128CBC-HS256", None))
    monkeypatch.setattr(content, "Cipher", lambda *_: started.append(1))
    for text in texts:
        with pytest.raises(jwt.DecryptionFailed):
            decrypter("dir", "A128CBC-HS256").decrypt(text)
    assert started == []


@pytest.mark.parametrize("block", [b"\0" * 16, b"\x11" * 16, b"x" * 15 + b"\x02", b"", b"odd"])
def test_a_wrong_padding_under_a_right_mac_fails_alike(block):
    """Wycheproof encryption 136: only a holder of the key can send it."""
    enc = jwe.CONTENT_ENCRYPTION["A128CBC-HS256"]
    cek = bytes(range(32))
    halves = content._halves(cek)
    cipher = Cipher(algorithms.AES(halves.cipher), modes.CBC(b"\0" * 16)).encryptor()
    ciphertext = cipher.update(block) if len(block) % 16 == 0 else block
    tag = content._mac(enc, halves, b"\0" * 16 + ciphertext, b"")
    with pytest.raises(jwt.DecryptionFailed) as caught:
        content.decrypt(enc, cek, content.Box(b"\0" * 16, ciphertext, tag), b"")
    assert str(caught.value) == "decryption_failed"


def test_comparison_of_tags_is_constant_in_time(monkeypatch):
    compared = []
    monkeypatch.setattr(content, "compare_digest", lambda a, b: compared.append((a, b)) or False)
    with pytest.raises(jwt.DecryptionFailed):
        decrypter("dir", "A128CBC-HS256").decrypt(token("dir", "A128CBC-HS256"))
    assert [len(each) for each in compared[0]] == [16, 16]
