"""Encryption, live and both ways, with the libraries that our users' peers run."""

import json

import pytest
from joserfc import jwe as joserfc_jwe
from joserfc import jwk as joserfc_jwk
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk
from tests.jose.jwe.recipients import ENCS, PASSWORD, WAYS, decrypter, key, sending

from watchword import jwe, jwt
from watchword.jose.algorithms.table import KEY_MANAGEMENT
from watchword.jose.jwe import password

DATA = "to whom it may concern: Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}".encode()
# What a peer has not got, so that nothing is skipped in silence.
MISSING = {
    "joserfc": [("RSA-OAEP-384", None), ("RSA-OAEP-512", None)],
    "jwcrypto": [("RSA-OAEP-384", None), ("RSA-OAEP-512", None)],
}
# The most iterations that a peer reads; docs/how-to/encrypt-a-token.md says so.
ITERATIONS_READ = {"joserfc": 300_000, "jwcrypto": 16_384}
LISTED = [*KEY_MANAGEMENT, *ENCS]


def members(alg, enc, crv, *, private):
    """Return a JWK as a peer takes it: neither knows an `alg` that names an `enc`."""
    held = key(alg, enc, crv)
    shown = held.to_jwk(private=private or not isinstance(held, jwe.Key))
    return {name: value for name, value in shown.items() if name != "alg"}


def header(alg, enc, *, squeezed):
    return {"alg": alg, "enc": enc, "kid": f"kid-{alg}"} | ({"zip": "DEF"} if squeezed else {})


def joserfc_key(alg, enc, crv, *, private):
    return joserfc_jwk.import_key(members(alg, enc, crv, private=private))


def joserfc_write(alg, enc, crv, *, squeezed):
    return joserfc_jwe.encrypt_compact(
        header(alg, enc, squeezed=squeezed),
        DATA,
        joserfc_key(alg, enc, crv, private=False),
        algorithms=[*LISTED, "DEF"],
    )


def joserfc_read(text, alg, enc, crv):
    opened = joserfc_jwe.decrypt_compact(
        text, joserfc_key(alg, enc, crv, private=True), algorithms=[*LISTED, "DEF"]
    )
    return opened.plaintext


def jwcrypto_key(alg, enc, crv, *, private):
    return jwcrypto_jwk.JWK(**members(alg, enc, crv, private=private))


def jwcrypto_write(alg, enc, crv, *, squeezed):
    made = jwcrypto_jwe.JWE(
        DATA, protected=json.dumps(header(alg, enc, squeezed=squeezed)), algs=LISTED
    )
    made.add_recipient(jwcrypto_key(alg, enc, crv, private=False))
    return made.serialize(compact=True)


def jwcrypto_read(text, alg, enc, crv):
    read = jwcrypto_jwe.JWE(algs=LISTED)
    read.deserialize(text, jwcrypto_key(alg, enc, crv, private=True))
    return read.payload


PEERS = {
    "joserfc": (joserfc_write, joserfc_read),
    "jwcrypto": (jwcrypto_write, jwcrypto_read),
}
PAIRS = [
    (peer, alg, crv, enc)
    for peer, missing in MISSING.items()
    for alg, crv in WAYS
    for enc in ENCS
    if (alg, crv) not in missing
]


@pytest.mark.requirement("tokens:9:interop-encryption")
@pytest.mark.parametrize("squeezed", [False, True], ids=["plain", "zip"])
@pytest.mark.parametrize(("peer", "alg", "crv", "enc"), PAIRS)
def test_what_they_write_is_read(peer, alg, crv, enc, squeezed):
    """Tokens.md section 9."""
    text = PEERS[peer][0](alg, enc, crv, squeezed=squeezed)
    opened = decrypter(alg, enc, crv, zip=squeezed).decrypt(text)
    assert opened.data == DATA
    assert ("zip" in opened.header.members) is squeezed


@pytest.mark.requirement("tokens:9:interop-encryption")
@pytest.mark.parametrize("squeezed", [False, True], ids=["plain", "zip"])
@pytest.mark.parametrize(("peer", "alg", "crv", "enc"), PAIRS)
def test_what_is_written_they_read(peer, alg, crv, enc, squeezed):
    text = jwe.encrypt(
        DATA, sending(alg, enc, crv), enc=enc, unsafe_zip="DEF" if squeezed else None
    )
    assert PEERS[peer][1](text, alg, enc, crv) == DATA


@pytest.mark.parametrize(("peer", "alg", "crv"), [(p, *way) for p in MISSING for way in MISSING[p]])
def test_what_a_peer_is_said_to_lack_it_lacks(peer, alg, crv):
    with pytest.raises(Exception, match=r".*"):  # each raises its own
        PEERS[peer][0](alg, "A128GCM", crv, squeezed=False)


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_reads_so_many_iterations_and_no_more(peer):
    """Tokens.md J-36: what the default writes neither reads."""
    most, alg = ITERATIONS_READ[peer], "PBES2-HS256+A128KW"
    assert most < password.ITERATIONS_DEFAULT
    for iterations in (most, most + 1):
        sender = jwe.Password(PASSWORD, alg=alg, kid=f"kid-{alg}", iterations=iterations)
        text = jwe.encrypt(DATA, sender, enc="A128GCM")
        if iterations == most:
            assert PEERS[peer][1](text, alg, "A128GCM", None) == DATA
        else:
            with pytest.raises(Exception, match=r".*"):  # each raises its own
                PEERS[peer][1](text, alg, "A128GCM", None)


COMPANY = [("RSA-OAEP", None), ("ECDH-ES+A128KW", "P-256"), ("A256KW", None), ("A128GCMKW", None)]


@pytest.mark.parametrize("alg", [way[0] for way in COMPANY])
def test_a_general_document_is_read_both_ways(alg):
    """RFC 7516 section 7.2.1, with jwcrypto, which tries its key on each recipient."""
    crv = dict(COMPANY)[alg]
    ours = jwe.encrypt_json(
        DATA, [sending(*way[:1], crv=way[1]) for way in COMPANY], enc="A128GCM", aad=b"beside"
    )
    read = jwcrypto_jwe.JWE(algs=LISTED)
    read.deserialize(ours, jwcrypto_key(alg, "A128GCM", crv, private=True))
    assert read.payload == DATA
    made = jwcrypto_jwe.JWE(DATA, protected='{"enc":"A128GCM"}', aad="beside", algs=LISTED)
    for name, curve in COMPANY:
        made.add_recipient(
            jwcrypto_key(name, "A128GCM", curve, private=False),
            header=json.dumps({"alg": name, "kid": f"kid-{name}"}),
        )
    opened = decrypter(alg, crv=crv).decrypt_json(made.serialize())
    assert (opened.data, opened.header.alg) == (DATA, alg)


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize(("alg", "crv"), COMPANY)
def test_a_changed_tag_fails_on_both_sides(peer, alg, crv):
    text = jwe.encrypt(DATA, sending(alg, crv=crv), enc="A128GCM")
    changed = text[:-2] + ("AA" if text[-2:] != "AA" else "Ag")
    with pytest.raises(jwt.TokenError):
        decrypter(alg, crv=crv).decrypt(changed)
    with pytest.raises(Exception, match=r".*"):  # each raises its own
        PEERS[peer][1](changed, alg, "A128GCM", crv)
