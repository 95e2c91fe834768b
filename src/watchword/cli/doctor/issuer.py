"""An authorization server seen from outside: its documents, its keys, and how it refuses.

Nothing here needs an account or leaves a trace but log lines: requests are such as are refused.

Source: oauth.md sections 10 and 13, E-2, E-3, E-5; RFC 8414; RFC 9700.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode, urlsplit

from watchword.cli.doctor.keys import check_keys
from watchword.cli.doctor.outside import ORIGIN, Outside, is_html, members_of
from watchword.cli.doctor.rules import Finding, found
from watchword.net.address import is_loopback_host
from watchword.net.document import Answer

__all__ = ["check_issuer", "places"]

SKEW_SECONDS_MAX = 10
OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
STRANGER = "watchword-doctor"
AWAY = "https://doctor.invalid/cb"
_FROM_AWAY = {"Origin": ORIGIN}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def places(issuer: str) -> tuple[str, str, str]:
    """Return the addresses of the OAuth document and, appended and inserted, the OpenID one."""
    parts = urlsplit(issuer)
    root, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    return f"{root}{OAUTH}{path}", f"{root}{path}{OPENID}", f"{root}{OPENID}{path}"


def check_issuer(issuer: str, outside: Outside) -> list[Finding]:
    """Return what is wrong with an authorization server."""
    answers = {place: outside.ask(place, headers=_FROM_AWAY) for place in places(issuer)}
    if not any(answers.values()):
        return [found("unreachable", issuer, outside.failures.get(places(issuer)[0], ""))]
    findings = [
        found("metadata_html", place) for place, one in answers.items() if one and is_html(one)
    ]
    documents = {place: members_of(answer) for place, answer in answers.items()}
    read = {place: members for place, members in documents.items() if members is not None}
    if not read:
        return [*findings, found("metadata_missing", issuer)]
    place, members = next(iter(read.items()))
    if any(other != members for other in read.values()):
        findings.append(found("documents_differ", issuer))
    findings += check_metadata(issuer, members)
    answer = answers[place]
    assert answer is not None  # noqa: S101  # its members were read
    findings += _check_answer(place, answer, outside)
    findings += _check_endpoints(members, outside)
    return findings


def check_metadata(issuer: str, members: Mapping[str, object]) -> list[Finding]:
    """Return what is wrong with a metadata document. Pure."""

    def listed(name: str) -> set[str]:
        value = members.get(name)
        return {str(each) for each in value} if isinstance(value, list) else set()

    findings = []
    named = members.get("issuer")
    if named != issuer:
        findings.append(found("issuer_differs", issuer, f"the document says {named!r}"))
    findings += [
        found("not_https", str(value), name)
        for name, value in members.items()
        if isinstance(value, str) and value.startswith("http://") and not _is_here(value)
    ]
    broken = {
        "s256_missing": "S256" not in listed("code_challenge_methods_supported"),
        "pkce_plain": "plain" in listed("code_challenge_methods_supported"),
        "iss_missing": members.get("authorization_response_iss_parameter_supported") is not True,
        "implicit_offered": any(
            "token" in each.split() or "id_token" in each.split()
            for each in listed("response_types_supported")
        )
        or "implicit" in listed("grant_types_supported"),
        "password_grant": "password" in listed("grant_types_supported"),
        "unsigned_tokens": "none" in listed("id_token_signing_alg_values_supported"),
        "request_uri_unsaid": "request_uri_parameter_supported" not in members,
    }
    findings += [found(code, issuer) for code, is_broken in broken.items() if is_broken]
    return findings


def _check_answer(place: str, answer: Answer, outside: Outside) -> Iterator[Finding]:
    yield from _check_readable(place, answer)
    if place.startswith("https:") and not answer.header("strict-transport-security"):
        yield found("hsts_missing", place)
    skew = outside.skew_seconds(answer)
    if skew > SKEW_SECONDS_MAX:
        yield found("clock_skew", place, f"{skew} seconds")
    made_up = urlsplit(ORIGIN).netloc
    forwarded = outside.ask(
        place, headers={"X-Forwarded-Host": made_up, "X-Forwarded-Proto": "http"}
    )
    if forwarded is not None and made_up.encode() in forwarded.body:
        yield found("proxy_headers_believed", place)


def _check_endpoints(members: Mapping[str, object], outside: Outside) -> Iterator[Finding]:
    checks = {
        "jwks_uri": _check_key_set,
        "token_endpoint": _check_token,
        "authorization_endpoint": _check_authorize,
    }
    for name, check in checks.items():
        where = members.get(name)
        if isinstance(where, str):
            yield from check(where, outside)
        elif name == "jwks_uri":
            yield found("keys_missing", str(members.get("issuer")), "the document names none")


def _check_key_set(where: str, outside: Outside) -> Iterator[Finding]:
    answer = outside.ask(where, headers=_FROM_AWAY)
    document = members_of(answer)
    if answer is None or document is None:
        yield found("keys_missing", where, outside.failures.get(where, ""))
        return
    yield from _check_readable(where, answer)
    yield from check_keys(document, where)


def _check_token(where: str, outside: Outside) -> Iterator[Finding]:
    body = urlencode({"grant_type": STRANGER, "client_id": STRANGER}).encode("ascii")
    answer = outside.ask(where, method="POST", headers={**_FROM_AWAY, **_FORM}, body=body)
    if answer is None:
        yield found("unreachable", where, outside.failures.get(where, ""))
        return
    yield from _check_readable(where, answer)
    if "no-store" not in answer.header("cache-control").lower():
        yield found("token_error_cached", where)
    is_json = answer.header("content-type").lower().startswith("application/json")
    if answer.status not in {400, 401} or not is_json or b'"error"' not in answer.body:
        yield found("token_error_form", where, f"status {answer.status}")
    by_get = outside.ask(where)
    if by_get is not None and by_get.status not in {400, 404, 405}:
        yield found("token_by_get", where, f"status {by_get.status}")


def _check_authorize(where: str, outside: Outside) -> Iterator[Finding]:
    asked = {"client_id": STRANGER, "response_type": "code", "redirect_uri": AWAY, "state": "x"}
    joint = "&" if "?" in where else "?"
    answer = outside.ask(f"{where}{joint}{urlencode(asked)}", headers=_FROM_AWAY)
    if answer is None:
        yield found(
            "unreachable", where, outside.failures.get(f"{where}{joint}{urlencode(asked)}", "")
        )
        return
    if answer.header("location").startswith(AWAY):
        yield found("redirect_unvalidated", where)
    if answer.header("access-control-allow-origin"):
        yield found("cors_on_authorize", where)
    policy = answer.header("content-security-policy").lower()
    if "frame-ancestors" not in policy and not answer.header("x-frame-options"):
        yield found("frames_allowed", where)


def _check_readable(where: str, answer: Answer) -> Iterator[Finding]:
    if answer.header("access-control-allow-origin") not in {"*", ORIGIN}:
        yield found("cors_missing", where)
    if answer.header("access-control-allow-credentials").lower() == "true":
        yield found("cors_credentials", where)


def _is_here(address: str) -> bool:
    return is_loopback_host(urlsplit(address).hostname or "")
