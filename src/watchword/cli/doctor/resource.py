"""A protected API seen from outside: from its 401 to its document, and on to its servers.

Source: RFC 9728 sections 3 and 5; RFC 6750 section 3; oauth.md section 11.
"""

import json
import re
from collections.abc import Iterator, Mapping

from watchword.base import base64url
from watchword.cli.doctor.issuer import check_issuer
from watchword.cli.doctor.outside import ORIGIN, Outside, is_html, members_of
from watchword.cli.doctor.rules import Finding, found
from watchword.oauth.protected_resource import WELL_KNOWN, address

__all__ = ["check_resource"]

SERVERS_MAX = 3
_PARAMETER = re.compile(r'(?:^|[\s,])(?P<name>[a-z_]+)\s*=\s*"(?P<value>[^"]*)"', re.IGNORECASE)


def check_resource(url: str, outside: Outside) -> list[Finding]:
    """Return what is wrong with an API, and with the authorization servers that it names."""
    answer = outside.ask(url, headers={"Origin": ORIGIN})
    if answer is None:
        return [found("unreachable", url, outside.failures.get(url, ""))]
    findings: list[Finding] = []
    told: Mapping[str, str] = {}
    challenge = answer.header("www-authenticate")
    if answer.status == 404:
        findings.append(found("route_missing", url))
    elif answer.status != 401:
        findings.append(found("resource_open", url, f"status {answer.status}"))
    elif not challenge.lower().startswith("bearer"):
        findings.append(found("challenge_missing", url))
    else:
        told = {one["name"].lower(): one["value"] for one in _PARAMETER.finditer(challenge)}
        findings += _check_challenge(url, told)
    if answer.status == 401 and _accepts_forgeries(url, outside):
        findings.append(found("forged_token_accepted", url))
    place, document = _document(url, told.get("resource_metadata"), outside)
    if document is None and answer.status == 404:
        return findings
    if document is None:
        return [*findings, found("resource_metadata_missing", place)]
    return [*findings, *_check_document(url, place, document), *_servers(place, document, outside)]


def _accepts_forgeries(url: str, outside: Outside) -> bool:
    """Show an API that refuses strangers a token without a signature, and text that is none."""
    claims = {"iss": url, "sub": "watchword-doctor", "aud": url, "exp": 4_102_444_800}
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "at+jwt"}, claims)]
    unsigned = ".".join(base64url.encode(part) for part in parts) + "."
    for token in (unsigned, "watchword-doctor"):
        answer = outside.ask(url, headers={"Authorization": f"Bearer {token}"})
        if answer is not None and answer.status < 300:
            return True
    return False


def _check_challenge(url: str, told: Mapping[str, str]) -> Iterator[Finding]:
    if "resource_metadata" not in told:
        yield found("resource_metadata_unnamed", url)
    if not told.get("scope"):
        yield found("scope_unnamed", url)
    elif "offline_access" in told["scope"].split():
        yield found("offline_access_of_a_resource", url)


def _document(
    url: str, named: str | None, outside: Outside
) -> tuple[str, Mapping[str, object] | None]:
    """Return the API's document: where the challenge says, then at the well-known addresses."""
    inserted = address(url) or url
    root = inserted.partition(WELL_KNOWN)[0] + WELL_KNOWN
    for place in dict.fromkeys(each for each in (named, inserted, root) if each):
        document = members_of(outside.ask(place))
        if document is not None:
            return place, document
    return named or inserted, None


def _check_document(url: str, place: str, document: Mapping[str, object]) -> Iterator[Finding]:
    named = document.get("resource")
    if not isinstance(named, str) or not f"{url.rstrip('/')}/".startswith(f"{named.rstrip('/')}/"):
        yield found("resource_differs", place, f"the document says {named!r}, asked for {url!r}")
    elif named.rstrip("/") != url.rstrip("/"):
        yield found("resource_wider", place, f"the document says {named!r}, asked for {url!r}")
    if not _texts(document, "authorization_servers"):
        yield found("servers_unnamed", place)
    if "query" in _texts(document, "bearer_methods_supported"):
        yield found("token_in_query", place)
    if "offline_access" in _texts(document, "scopes_supported"):
        yield found("offline_access_of_a_resource", place)


def _servers(place: str, document: Mapping[str, object], outside: Outside) -> Iterator[Finding]:
    answer = outside.ask(place, headers={"Origin": ORIGIN})
    if answer is not None and answer.header("access-control-allow-origin") not in {"*", ORIGIN}:
        yield found("cors_missing", place)
    if answer is not None and is_html(answer):
        yield found("metadata_html", place)
    for issuer in _texts(document, "authorization_servers")[:SERVERS_MAX]:
        yield from check_issuer(issuer, outside)


def _texts(document: Mapping[str, object], name: str) -> list[str]:
    value = document.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
