"""The inspector's script against the token library: one verdict, one failing check, one sentence.

Every token below is explained twice: by `jwt.explain` and by the page's own script in Chromium.
"""

import json
import random
import string

import pytest
from tests.jose import forge
from tests.jose.keys import ASYMMETRIC, NOW, SYMMETRIC, public, signer
from tests.jose.wycheproof import FOLDER, vectors
from tests.pages.chromium import opened

from watchword import jwt
from watchword.base import limits
from watchword.jose.errors import DisclosureInvalid
from watchword.jose.sdjwt.disclosure import digest as sdjwt_digest
from watchword.jose.sdjwt.process import process

pytestmark = pytest.mark.browser

EXPLAIN = """
async ([cases, now]) => {
  const folder = document.querySelector("script").src.replace(/[^/]*$/, "");
  const { explain } = await import(`${folder}explain.js`);
  const { readKeys } = await import(`${folder}keys.js`);
  const rules = JSON.parse(document.querySelector("main").dataset.rules);
  const sets = new Map();
  const found = [];
  for (const [token, key] of cases) {
    try {
      if (key !== null && !sets.has(key)) sets.set(key, await readKeys(key, "", rules));
      const keys = key === null ? null : sets.get(key);
      const it = await explain(token, { keys, rules, now });
      found.push({
        verdict: it.verdict,
        checks: it.checks.map((check) => [check.name, check.asks, check.outcome]),
        failures: it.failures.map(({ code, claim, hint }) => [code, claim, hint]),
        faults: [it.header.fault, it.payload.fault, it.signature.fault],
        texts: [it.header.text, it.payload.text],
        algorithm: it.algorithm && it.algorithm.name,
      });
    } catch (error) {
      found.push(`${error.name}: ${error.message}`);
    }
  }
  return found;
}
"""
# What Chromium computes; of the others the page says that the browser cannot check them.
ELSEWHERE = ("ES256K", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
IN_BROWSER = tuple(name for name in SYMMETRIC + ASYMMETRIC if name not in ELSEWHERE)
WORDS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id")
VALUES = (
    *('""', '"text"', '["a"]', '["a", ""]', "[]", "[1]", "{}", "null", "true", "false"),
    *("0", "-1", "1", "1.5", "1e3", "-0", "1e300", str(10**30), str(limits.DATE_MAX + 1)),
    *(str(NOW + shift) for shift in (-1, 0, 1, 9, 10, 11, 900)),
    *(f"{NOW}.5", f"{NOW - 1}.5", f"{NOW + 10}.5", str(limits.DATE_MAX), f"{limits.DATE_MAX}.1"),
)
TEXTS = (  # of a header or a payload
    *("", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", '{"a"', '{"a":', '{"a":1', '{"a":1,'),
    *("null", "true", "nul", "1", "-", "01", "1.", ".5", "1e", "+1", "NaN", "-Infinity"),
    *('"', '"\\', '"\\u', '"\\u12', '"\\u123x"', '"\\x"', '"a\nb"', '"\t"', '{"a" 1}', "{a:1}"),
    *('{"a":1} x', '{"a":1}{}', '{"alg":"HS256","alg":"HS256"}', '{"a":{"b":1,"b":2}}', "[[]]"),
    *('{"a":NaN}', '{"a":1e999}', '{"a":-1e999}', '{"a":"\\ud800"}', '{"\\udc00":1}', '{"a":\t1}'),
    *('{"a":"\\ud83d\\ude00"}', '{"a":"😀"} x', '{"ä":"é"}', '{"a":"\\u0000"}', "\ufeff{}", "\v{}"),
    *('{"a":' * 33 + "1" + "}" * 33, '{"a":' * 32 + "1" + "}" * 32, "[" * 40, '{"a":"' + "[" * 40),
    *('{"a":"\\\\"}', '{"a":"\\"[[["}', '{"a":' + "1" * 4300 + "}", '{"a":-' + "1" * 4301 + "}"),
    *('{"__proto__":1,"constructor":2}', '{"a":1,\n "b" : [ 1 , 2 ]\r\n}', '{"a":"\x7f"}'),
)
RAW = (
    b"\xff{}",
    b'{"a":"\xc0\xaf"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\xf4\x90\x80\x80"}',
    b"\x00",
)
HEADERS = (
    *({"alg": alg} for alg in ("none", "None", "HS256 ", "hs256", "RS256", "", "HS512", "A128KW")),
    *({"alg": value} for value in (1, None, True, [], {})),
    *({"typ": 1}, {"cty": []}, {"kid": 5}, {"kid": ""}, {"kid": "k" * 256}, {"kid": "k" * 257}),
    *({"kid": "😀" * 257}, {"kid": "other"}, {"b64": True}, {"b64": False, "crit": ["b64"]}),
    *({"crit": value} for value in ([], {}, "exp", ["alg"], ["x"], ["x", "x"], [1], None, ["typ"])),
    *({"crit": ["x"], "x": 1}, {"crit": ["exp", "x"], "exp": 1, "x": 2}, {"typ": "other+jwt"}),
    *({f"m{n}": n for n in range(61)}, {f"m{n}": n for n in range(62)}, {"pad": "x" * 5000}),
    *({"jwk": {"kty": "oct"}, "jku": "https://evil.example"}, {"pad": "x" * 3900}),
)


@pytest.fixture(scope="module")
def compare(chromium, server):
    """Return a function that asserts that both sides say the same of every token."""
    with opened(chromium, server.url) as page:
        page.goto("/inspect")

        def compare(cases):
            texts = [(token, None if used is None else as_text(used)) for token, used in cases]
            by_script = page.evaluate(EXPLAIN, [texts, NOW])
            for (token, used), found in zip(cases, by_script, strict=True):
                assert found == by_library(token, used), (token[:200], used)

        yield compare


def as_text(used):
    if isinstance(used, jwt.KeySet):
        return json.dumps({"keys": [public_members(one) for one in used]})
    return json.dumps(public_members(used))


def public_members(used):
    return used.to_jwk(private=True) if isinstance(used, jwt.Secret) else used.to_jwk()


def by_library(token, used):
    it = jwt.explain(token, used, now=NOW)
    return {
        "verdict": it.verdict.value,
        "checks": [[check.name, check.asks, check.outcome.value] for check in it.checks],
        "failures": [[failure.code, failure.claim, failure.hint] for failure in it.failures],
        "faults": [it.header.fault, it.payload.fault, it.signature.fault],
        "texts": [it.header.text, it.payload.text],
        "algorithm": it.algorithm and it.algorithm.name,
    }


def both(tokens, used=None):
    """Return each token as a case without and with a key."""
    return [(token, one) for token in tokens for one in (None, used or public("HS256"))]


def test_what_the_browser_cannot_check_is_said(chromium, server):
    with opened(chromium, server.url) as page:
        page.goto("/inspect")
        for alg in ELSEWHERE:
            page.fill("#token", signer(alg).sign(sub="alice"))
            page.fill("#key", json.dumps(public(alg).to_jwk()))
            page.locator("#key-error", has_text=f"This browser cannot check {alg}.").wait_for()


def test_good_tokens_of_every_algorithm_that_the_browser_has(compare):
    compare([(signer(alg).sign(sub="älice"), public(alg)) for alg in IN_BROWSER])


@pytest.mark.requirement("users-pages:inspector-as-strict-as-the-server")
def test_every_fault_of_the_json_is_found_at_the_same_place(compare):
    """Tokens.md J-18."""
    headers = [forge.token(text) for text in TEXTS]
    payloads = [forge.token(payload=text) for text in TEXTS]
    raw = [forge.token(payload=data) for data in RAW] + [forge.token(data) for data in RAW]
    compare(both([*headers, *payloads, *raw]))


@pytest.mark.requirement("users-pages:inspector-as-strict-as-the-server")
def test_every_second_spelling_of_base64url_is_refused(compare):
    """Tokens.md J-15 and J-16."""
    good = forge.token().split(".")
    tokens = []
    for at, part in enumerate(good):
        spellings = [part + "=", part + "==", part[:-1], part[:-2], part[:-3], part + "A", ""]
        spellings += [part[:9] + bad + part[10:] for bad in "+/=. \n\t\0~é😀"]
        spellings += [part[:-1] + last for last in string.ascii_letters + string.digits + "-_"]
        for spelling in spellings:
            tokens.append(".".join([*good[:at], spelling, *good[at + 1 :]]))
    compare(both(tokens))


@pytest.mark.requirement("users-pages:inspector-as-strict-as-the-server")
def test_every_form_that_is_no_token_is_refused(compare):
    """Tokens.md section 4 and J-15."""
    good = forge.token()
    header, payload, signature = good.split(".")
    most = limits.TOKEN_BYTES_MAX
    tokens = [
        *("", ".", "..", "...", "....", ".....", "a", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e"),
        *(f"{header}.{payload}", f"{good}.", f".{good}", f"{good}.x.y", f" {good}", f"{good}\n"),
        *(f"{header}.{payload}.", f".{payload}.{signature}", f"{header}..{signature}", "é.b.c"),
        *("x" * most, "x" * (most + 1), "😀" * most, "😀" * (most + 1), f"Bearer {good}"),
        *(forge.token(payload={"sub": "x" * 12_000}), forge.token(payload={"sub": "x" * 9_000})),
    ]
    compare(both(tokens))


@pytest.mark.requirement("users-pages:inspector-as-strict-as-the-server")
def test_every_rule_of_the_header_is_the_same(compare):
    """Tokens.md J-18 to J-20."""
    tokens = [forge.token(forge.header() | members) for members in HEADERS]
    tokens += [forge.token(forge.header(alg=None)), forge.token(forge.header(kid=None))]
    two = jwt.KeySet([public("HS256"), public("HS512")])
    compare(both(tokens) + [(token, two) for token in tokens])


@pytest.mark.requirement("users-pages:inspector-as-strict-as-the-server")
def test_every_rule_of_the_claims_is_the_same(compare):
    """Tokens.md J-23 to J-25."""
    tokens = []
    for name in WORDS:
        for value in VALUES:
            members = {one: forge.dump(it) for one, it in forge.claims().items()} | {name: value}
            text = ",".join(f'"{one}":{it}' for one, it in members.items())
            tokens.append(forge.token(payload=f"{{{text}}}"))
    tokens += [forge.token(payload=forge.claims(**{name: ...})) for name in WORDS]
    tokens.append(forge.token(payload=forge.claims(exp=1, nbf=NOW + 9, iat=NOW + 8, sub=5, aud=[])))
    compare([(token, public("HS256")) for token in tokens])


@pytest.mark.requirement("users-pages:inspector-as-strict-as-the-server")
@pytest.mark.parametrize("alg", ["HS256", "RS256", "PS256", "ES256", "ES512", "Ed25519"])
def test_every_changed_byte_gets_the_same_verdict(compare, alg):
    """Tokens.md section 9: mutation of every byte of valid tokens."""
    chance = random.Random(alg)
    good = signer(alg).sign(sub="alice")
    alphabet = string.ascii_letters + string.digits + "-_.=+/ "
    tokens = []
    for at in range(len(good)):
        tokens.append(good[:at] + chance.choice(alphabet.replace(good[at], "")) + good[at + 1 :])
        if at % 5 == 0:
            tokens += [good[:at] + good[at + 1 :], good[:at] + good[at] + good[at:], good[:at]]
    compare([(token, public(alg)) for token in tokens])


@pytest.mark.requirement("users-pages:inspector-as-strict-as-the-server")
def test_signatures_that_are_none_are_refused_alike(compare):
    """Among them the ECDSA signature of zeros, CVE-2022-21449."""
    cases = []
    for alg in IN_BROWSER:
        header, payload, _ = signer(alg).sign(sub="alice").split(".")
        for count in (1, 31, 32, 48, 63, 64, 65, 96, 132, 255, 256, 257):
            for byte in (b"\0", b"\1", b"\xff"):
                cases.append((f"{header}.{payload}.{forge.encode(byte * count)}", public(alg)))
        half = forge.encode(b"\0" * 32 + b"\1" * 32)
        cases.append((f"{header}.{payload}.{half}", public(alg)))
    compare(cases)


def test_the_key_is_chosen_by_the_same_rules(compare):
    """Tokens.md J-7 and J-8."""
    unnamed = jwt.Key.from_jwk({n: v for n, v in public("ES256").to_jwk().items() if n != "kid"})
    sets = [
        *(public("ES256"), unnamed, public("ES384"), public("HS256")),
        *(jwt.KeySet([public("ES256"), public("ES384")]), jwt.KeySet([public("RS256"), unnamed])),
        *(jwt.KeySet([unnamed, public("ES256")]), jwt.KeySet([public("RS256"), public("ES384")])),
    ]
    kids = ({}, {"kid": None}, {"kid": "other"}, {"kid": "kid-RS256"})
    tokens = [forge.token(forge.header("ES256", **kid), alg="ES256") for kid in kids]
    compare([(token, used) for token in tokens for used in sets])


@pytest.mark.requirement("users-pages:inspector-as-strict-as-the-server")
def test_wycheproof_vectors_get_the_same_verdict(compare):
    """Tokens.md section 9: C2SP/wycheproof, where the key is one for both."""
    if not FOLDER.exists():
        pytest.skip("the Wycheproof files are not present; set WATCHWORD_VECTORS")
    cases = []
    for vector in (*vectors("signature"), *vectors("key"), *vectors("crypto")):
        used = library_key(vector.jwk)
        if used is not None and isinstance(vector.jws, str) and not is_elsewhere(used):
            cases.append((vector.jws, used))
    assert len(cases) > 300
    compare(cases)


def is_elsewhere(used):
    keys = used if isinstance(used, jwt.KeySet) else (used,)
    return any(one.alg in ELSEWHERE for one in keys)


def library_key(jwk):
    try:
        if "keys" in jwk:
            return jwt.KeySet.from_jwks(jwk)
        kind = jwt.Secret if jwk.get("kty") == "oct" else jwt.Key
        return kind.from_jwk(jwk)
    except jwt.KeyRefused:
        return None


READ_DISCLOSURES = """
async (cases) => {
  const folder = document.querySelector("script").src.replace(/[^/]*$/, "");
  const { readDisclosures } = await import(`${folder}sd-jwt.js`);
  const { jsonPart } = await import(`${folder}explain.js`);
  const { limits } = JSON.parse(document.querySelector("main").dataset.rules);
  const found = [];
  for (const [payload, disclosures] of cases) {
    const shape = { disclosures, keyBinding: "", text: "" };
    const read = await readDisclosures(shape, jsonPart(payload, limits).value, limits);
    found.push([read.fault, read.fault === "" ? read.disclosures.length : null]);
  }
  return found;
}
"""


def disclosure(*items):
    return forge.encode(json.dumps(items))


def digests(*disclosures, hash_name="sha-256"):
    return [sdjwt_digest(one, hash_name) for one in disclosures]


def sd_jwt_cases():
    """Return payloads with disclosures, good and bad (RFC 9901 sections 4.2 and 7.1)."""
    one, two = disclosure("s", "name", "Alice"), disclosure("t", "role", ["a", {"b": 1}])
    element = disclosure("u", "DE")
    inner = disclosure("v", "street", {"_sd": digests(one)})
    flat = {"_sd": digests(one, two)}
    yield from (
        *((flat, []), (flat, [one]), (flat, [one, two]), (flat, [one, one]), (flat, [element])),
        *(({}, []), ({}, [one]), ({"_sd": []}, [one]), ({"_sd": 1}, []), ({"_sd": [1]}, [])),
        *(({"_sd": digests(one, one)}, []), ({"a": flat, "b": flat}, [one])),
        *((flat | {"name": "x"}, [one]), ({"_sd": digests(element)}, [element])),
        *(({"l": [{"...": digests(element)[0]}, 1]}, [element]), ({"l": [{"...": 1}]}, [])),
        *(({"l": [{"...": digests(one)[0]}]}, [one]), ({"l": [{"...": "x", "y": 1}]}, [])),
        *(({"...": "x"}, []), ({"a": {"_sd_alg": "sha-256"}}, []), ({"a": {"...": "x"}}, [])),
        *(({"_sd": digests(inner)}, [inner, one]), ({"_sd": digests(inner)}, [inner])),
        *(({"_sd": digests(inner)}, [one]), ({"_sd": digests(one, inner)}, [inner, one])),
        *(({"_sd": digests(one, disclosure("w", "name", 2))}, [one, disclosure("w", "name", 2)]),),
        *(
            ({"_sd_alg": name, "_sd": digests(one)}, [one])
            for name in ("sha-256", "sha-1", 1, None)
        ),
        ({"_sd_alg": "sha-512", "_sd": digests(one, hash_name="sha-512")}, [one]),
        ({"_sd_alg": "sha-384", "_sd": digests(one, hash_name="sha-384")}, [one]),
    )
    texts = (
        "",
        "=",
        "AAA",
        "e30",
        forge.encode("[]"),
        forge.encode('["a"]'),
        forge.encode("[1,2]"),
    )
    others = (["s", "_sd", 1], ["s", "...", 1], ["s", "_sd_alg", 1], ["s", 1, 2], [1, "n", 2])
    for text in (*texts, *(disclosure(*items) for items in others), disclosure("s", "n", 1, 2)):
        yield {"_sd": digests(text)}, [text]
    yield {"_sd": []}, [forge.encode('["s", "n", {"a": 1, "a": 2}]')]
    for depth in (28, 29, 30, 31, 32):
        deep = disclosure("s", "n", json.loads("[" * depth + "]" * depth))
        yield {"a": {"_sd": digests(deep)}}, [deep]


@pytest.mark.requirement("users-pages:inspector-as-strict-as-the-server")
def test_disclosures_are_judged_by_the_same_rules(chromium, server):
    """RFC 9901 section 7.1; tokens.md J-46."""
    cases = list(sd_jwt_cases())
    texts = [[forge.encode(json.dumps(payload)), sent] for payload, sent in cases]
    with opened(chromium, server.url) as page:
        page.goto("/inspect")
        by_script = page.evaluate(READ_DISCLOSURES, texts)
    for (payload, sent), found in zip(cases, by_script, strict=True):
        try:
            process(payload, sent)
        except DisclosureInvalid as error:
            expected = [error.hint, None]
        else:
            expected = ["", len(sent)]
        assert found == expected, (payload, sent)
