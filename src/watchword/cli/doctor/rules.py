"""What is looked for: one row a rule, with its reason code and the fix.

The how-to page lists the same codes, and a test holds both together.

Source: oauth.md sections 10, 11, 13 and 17; users.md U64.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from watchword.base.records import dataclass

__all__ = ["RULES", "Finding", "Rule", "Weight", "found"]


class Weight(Enum):
    """How bad it is."""

    FAULT = "fault"  # something fails or is unsafe
    ADVICE = "advice"  # worth a look; it may be meant so


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    code: str
    weight: Weight
    what: str
    fix: str
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken, and where."""

    rule: Rule
    where: str
    detail: str = ""


def found(code: str, where: str, detail: str = "") -> Finding:
    """Return the finding of a rule."""
    return Finding(RULES[code], where, detail)


def _fault(code: str, what: str, fix: str, source: str) -> Rule:
    return Rule(code, Weight.FAULT, what, fix, source)


def _advice(code: str, what: str, fix: str, source: str) -> Rule:
    return Rule(code, Weight.ADVICE, what, fix, source)


_ROWS = (
    _fault(
        "unreachable",
        "Nothing answers there",
        "Start it, correct the address, or let the network in between pass",
        "RFC 8414 section 3",
    ),
    _fault(
        "metadata_missing",
        "No metadata document stands at the well-known addresses",
        "Serve /.well-known/oauth-authorization-server with the issuer's path after it; an "
        "application that mounts the server adds AuthServer.well_known() to its own routes",
        "RFC 8414 section 3.1",
    ),
    _fault(
        "metadata_html",
        "A well-known address answers with a page, which ends discovery in many clients",
        "Answer JSON, and 404 where there is nothing; keep single-page fallbacks off /.well-known",
        "oauth.md E-2",
    ),
    _fault(
        "issuer_differs",
        "The document names another issuer than the address that it was found by",
        "Make both one string, to the slash at the end",
        "RFC 8414 section 3.3",
    ),
    _fault(
        "documents_differ",
        "The OAuth and the OpenID document say different things",
        "Serve one document at both addresses",
        "oauth.md M-1",
    ),
    _fault(
        "not_https",
        "An address is plain http, and not of this machine",
        "Serve it by https, and configure the public URL with it",
        "RFC 8414 section 2",
    ),
    _fault(
        "proxy_headers_believed",
        "The document repeats a host name that the caller made up",
        "Take the public URL from configuration, never from X-Forwarded-Host or Host",
        "oauth.md E-5",
    ),
    _fault(
        "s256_missing",
        "PKCE with S256 is not offered",
        "List S256 in code_challenge_methods_supported, and check it",
        "RFC 9700 section 2.1.1",
    ),
    _fault(
        "pkce_plain",
        "PKCE without a hash is offered",
        "Take plain out of code_challenge_methods_supported",
        "RFC 9700 section 2.1.1",
    ),
    _fault(
        "iss_missing",
        "Authorization responses do not name their issuer",
        "Send iss, and set authorization_response_iss_parameter_supported",
        "RFC 9207 section 2",
    ),
    _fault(
        "implicit_offered",
        "Tokens are handed out through the browser's address bar",
        "Offer the response type code alone",
        "RFC 9700 section 2.1.2",
    ),
    _fault(
        "password_grant",
        "The password grant is offered",
        "Take password out of grant_types_supported; passwords belong to the server's own pages",
        "RFC 9700 section 2.4",
    ),
    _fault(
        "unsigned_tokens",
        "ID tokens without a signature are offered",
        "Take none out of id_token_signing_alg_values_supported",
        "RFC 8725 section 3.2",
    ),
    _advice(
        "request_uri_unsaid",
        "The absence of request_uri_parameter_supported is read as true",
        "Say false, unless request objects by reference are supported",
        "OpenID Connect Discovery section 3",
    ),
    _fault(
        "keys_missing",
        "The key set cannot be read",
        "Serve the JWK set at jwks_uri",
        "RFC 7517 section 5",
    ),
    _fault(
        "private_key_published",
        "The key set holds a private or symmetric key",
        "Replace the key at once, then publish public parts only",
        "RFC 7517 section 4; oauth.md K-3",
    ),
    _fault(
        "kid_repeated",
        "Two keys have one kid, or several keys and one of them has none",
        "Give each key a kid of its own",
        "RFC 7517 section 4.5",
    ),
    _fault(
        "weak_key",
        "An RSA key is shorter than 2,048 bits",
        "Rotate to a key of 2,048 bits or more",
        "RFC 7518 section 3.3",
    ),
    _fault(
        "cors_missing",
        "A page of another origin cannot read this, so clients in browsers fail",
        "Send Access-Control-Allow-Origin on metadata, keys and the token endpoint, on errors too",
        "oauth.md E-3",
    ),
    _fault(
        "cors_on_authorize",
        "Pages of other origins may read the authorization endpoint",
        "Send no Access-Control-Allow-Origin there",
        "RFC 9700 section 2.6",
    ),
    _fault(
        "cors_credentials",
        "Pages of other origins may read answers to requests that carry cookies",
        "Never send Access-Control-Allow-Credentials",
        "RFC 9700 section 2.6",
    ),
    _fault(
        "token_error_cached",
        "An error of the token endpoint may be kept by caches",
        "Send Cache-Control: no-store on every answer of the token endpoint",
        "RFC 6749 section 5.1; oauth.md E-2",
    ),
    _fault(
        "token_error_form",
        "An error of the token endpoint is not the JSON that clients read",
        "Answer 400 or 401 with application/json and the member error",
        "RFC 6749 section 5.2",
    ),
    _fault(
        "token_by_get",
        "The token endpoint takes GET, so secrets end up in logs",
        "Answer 405 to every method but POST",
        "RFC 6749 section 3.2",
    ),
    _fault(
        "redirect_unvalidated",
        "The authorization endpoint sends browsers to an address of an unknown client",
        "Show a page until client and redirect_uri are known",
        "RFC 6749 section 4.1.2.1; RFC 9700 section 4.11.2",
    ),
    _fault(
        "frames_allowed",
        "The authorization endpoint may be shown in a frame of another page",
        "Send Content-Security-Policy with frame-ancestors 'none'",
        "RFC 9700 section 4.16",
    ),
    _advice(
        "hsts_missing",
        "A browser may be talked into plain http",
        "Send Strict-Transport-Security",
        "security.md rule 77",
    ),
    _fault(
        "clock_skew",
        "The clocks of this machine and the server differ by more than 10 seconds",
        "Let both follow a time server",
        "security.md rule 65",
    ),
    _fault(
        "resource_open",
        "The API answers a request without a token",
        "Guard the route; if it is meant to be public, look at another one",
        "RFC 6750 section 3",
    ),
    _fault(
        "forged_token_accepted",
        "The API accepts a token that nobody has signed",
        "Verify signature, issuer, audience and type of every token before anything else",
        "RFC 8725 section 3.2; security.md rule 83",
    ),
    _fault(
        "challenge_missing",
        "The refusal does not say what to present",
        "Answer 401 with WWW-Authenticate: Bearer",
        "RFC 6750 section 3",
    ),
    _fault(
        "resource_metadata_unnamed",
        "The challenge does not lead to the API's document",
        'Add resource_metadata="https://..." to the challenge',
        "RFC 9728 section 5.1",
    ),
    _fault(
        "resource_metadata_missing",
        "The API has no document",
        "Serve /.well-known/oauth-protected-resource with the API's path after it",
        "RFC 9728 section 3",
    ),
    _fault(
        "resource_differs",
        "The document names another resource than the address it was found for",
        "Make both one string; clients ask for tokens by it, and aud has to name it",
        "RFC 9728 section 3.3",
    ),
    _advice(
        "resource_wider",
        "The document is of a whole API, and clients that compare it with the address they asked "
        "for refuse it",
        "Where such clients are to come, as agents do, let the audience be the address that they "
        "call",
        "RFC 9728 section 3.3",
    ),
    _fault(
        "servers_unnamed",
        "The document names no authorization server",
        "List the issuer in authorization_servers",
        "RFC 9728 section 2",
    ),
    _fault(
        "token_in_query",
        "The API takes tokens in the address, where logs keep them",
        'Let bearer_methods_supported be ["header"], and take tokens from nowhere else',
        "RFC 9700 section 4.3.2",
    ),
    _advice(
        "scope_unnamed",
        "The challenge does not say which scope the request needs",
        'Add scope="..." to the challenge, so that a client asks for the right token at once',
        "RFC 6750 section 3; Model Context Protocol 2026-07-28, Authorization",
    ),
    _advice(
        "offline_access_of_a_resource",
        "The API asks for offline_access, which is between client and server",
        "Take it out of scopes_supported and of challenges",
        "Model Context Protocol 2026-07-28, Authorization",
    ),
    _advice(
        "route_missing",
        "The address is answered with 404, so nothing could be tried there",
        "Name an address of the API that has a route, such as one that its clients call",
        "oauth.md section 17",
    ),
    _fault(
        "settings_refused",
        "The server would not start with these settings",
        "Do what the text says",
        "users.md U64",
    ),
    _fault(
        "database_missing",
        "There is no database of this server here",
        "Run `watchword migrate` in the directory of the server, or name its file with --settings",
        "users.md U64",
    ),
    _fault(
        "key_overdue",
        "A signing key is in use for longer than the plan says",
        "See `watchword key status`; a server has to run for keys to rotate",
        "oauth.md K-1",
    ),
    _fault(
        "audit_log_broken",
        "The audit log is not as it was written",
        "Type `watchword audit verify`, and compare the log with an export or a head that was kept",
        "security.md rule 100",
    ),
    _fault(
        "no_signing_key",
        "There is no active signing key",
        "Start the server once",
        "oauth.md K-1",
    ),
    _advice(
        "client_without_pkce",
        "A client may leave PKCE out",
        "Type `watchword app set ID --require-pkce`, unless the client cannot send it",
        "oauth.md A-4",
    ),
    _advice(
        "registration_open",
        "Any program may register itself",
        "Set client_registration to token, or to off, unless strangers are to come",
        "oauth.md C-6",
    ),
    _advice(
        "url_unset",
        "The server does not know its public address, so only this machine reaches it",
        "Set url to the https address that people type",
        "users.md U7",
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType({row.code: row for row in _ROWS})
