"""What a key set may hold, seen from outside. Pure.

Source: RFC 7517 sections 4 and 5; RFC 7518 section 6; oauth.md K-3, N-22.
"""

from collections import Counter
from collections.abc import Mapping

from watchword.cli.doctor.rules import Finding, found

__all__ = ["check_keys"]

RSA_BITS_MIN = 2_048
_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


def check_keys(document: Mapping[str, object], where: str) -> list[Finding]:
    """Return what is wrong with a key set."""
    keys = document.get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        return [found("keys_missing", where, "it holds no list of keys")]
    findings = []
    if any(_SECRET & set(key) for key in keys):
        findings.append(found("private_key_published", where))
    kids = Counter(key.get("kid") for key in keys)
    if max(kids.values()) > 1 or (len(keys) > 1 and None in kids):
        findings.append(found("kid_repeated", where))
    if any(_is_short(key) for key in keys):
        findings.append(found("weak_key", where))
    return findings


def _is_short(key: Mapping[str, object]) -> bool:
    modulus = key.get("n")
    # Six bits a character: one that is too short for the text is too short.
    return key.get("kty") == "RSA" and isinstance(modulus, str) and _bits(modulus) < RSA_BITS_MIN


def _bits(modulus: str) -> int:
    return len(modulus.rstrip("=")) * 6 // 8 * 8
