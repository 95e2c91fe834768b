"""Why a request was refused, in words: one row for each code that any room answers with.

The page at `/errors/CODE`, the titles and hints of problem bodies, and the reference in the
documentation are made from this table. A test fails for a code without a row.

Source: users.md U53, U57 and U58.
"""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.base.records import dataclass

__all__ = ["REASONS", "Reason"]

_CALLER = "The program that sent the request."
_PERSON = "Nobody's, or a mistyped word."
_TOKEN = "The program that sent the token, or whoever gave it that token."  # noqa: S105  # prose
_POLICY = "Nobody's: the rules of this service say so."
_SERVER = "The server's."
_NOBODY = "Nobody's."


@dataclass(frozen=True, slots=True)
class Reason:
    """One code: stable; its wording may improve.

    Args:
        code: as answers carry it.
        title: it in words.
        what: what happened.
        fault: whose it is.
        fix: what to do; `{issuer}` stands for the issuer's URL, which `fix_at` puts in.
    """

    code: str
    title: str
    what: str
    fault: str
    fix: str

    def fix_at(self, issuer: str) -> str:
        """Return what to do, with the addresses of one issuer.

        Args:
            issuer: its URL, with the path where an application mounts the server.
        """
        return self.fix.replace("{issuer}", issuer)


_ROWS = (
    Reason(
        "token_missing",
        "No token was sent",
        "The address needs an access token, and the request had no Authorization header.",
        _CALLER,
        "Log in at {issuer}/login and send the access token as 'Authorization: Bearer TOKEN'.",
    ),
    Reason(
        "token_repeated",
        "The token was sent twice, or outside the header",
        "A request may carry one access token, in one Authorization header and nowhere else.",
        _CALLER,
        "Send the header once, and no token in the query or the body.",
    ),
    Reason(
        "token_malformed",
        "Not a token",
        "What was sent as a token does not have the form of a signed JWT: three parts of base64url "
        "with dots between them.",
        _TOKEN,
        "Send the access_token of the login answer unchanged. A refresh token is no access token.",
    ),
    Reason(
        "token_too_large",
        "The token is too large",
        "Tokens above 16 KiB are refused before they are read.",
        _TOKEN,
        "Send the access_token of the login answer unchanged.",
    ),
    Reason(
        "algorithm_refused",
        "The signing algorithm is not accepted",
        "The token names an algorithm that this service does not accept, such as 'none'.",
        _TOKEN,
        "Get a token from the issuer that this service names in its metadata.",
    ),
    Reason(
        "unknown_key",
        "Signed with an unknown key",
        "No published key of the issuer has the key id that the token names.",
        _TOKEN,
        "Log in again. If it stays, the token comes from another issuer or an older installation.",
    ),
    Reason(
        "signature_invalid",
        "The signature does not fit",
        "The token was changed after it was signed, or somebody else signed it.",
        _TOKEN,
        "Send the token exactly as the issuer gave it, or log in again.",
    ),
    Reason(
        "decryption_failed",
        "The token could not be decrypted",
        "It was encrypted to another key, or changed on the way. Which of the two is not said, so "
        "that nobody can find out about the key.",
        _TOKEN,
        "Send the token exactly as its maker gave it, and check that it was encrypted to a key "
        "that this service publishes.",
    ),
    Reason(
        "critical_header",
        "The token asks for something unknown",
        "Its header marks an extension as critical that this service does not understand.",
        _TOKEN,
        "Get a token from the issuer that this service names in its metadata.",
    ),
    Reason(
        "wrong_type",
        "Another kind of token",
        "The token is signed, but it is not an access token.",
        _TOKEN,
        "Send the access_token of the login answer, not an ID token or a refresh token.",
    ),
    Reason(
        "disclosure_invalid",
        "What is disclosed does not belong to the token",
        "A disclosure of an SD-JWT was changed, repeated or added, or fits two places.",
        _TOKEN,
        "Present the token again, with disclosures as the issuer gave them.",
    ),
    Reason(
        "key_binding_missing",
        "The holder's proof is missing",
        "This service takes an SD-JWT from its holder alone, who signs whom it is for.",
        _CALLER,
        "Present it with key binding, for the audience and nonce that this service gave.",
    ),
    Reason(
        "token_revoked",
        "The token was revoked",
        "It was taken back before it expired: a refresh was repeated and made another pair in its "
        "place, or somebody ended what it belongs to.",
        _NOBODY,
        "Use the tokens of the last answer, or log in again.",
    ),
    Reason(
        "token_suspended",
        "The token is suspended",
        "Its issuer has suspended it for the time being; it may become good again.",
        _NOBODY,
        "Ask the issuer why, or try again later.",
    ),
    Reason(
        "status_unavailable",
        "The token's status is not known",
        "The token names a list that says whether it still counts, and the list cannot be had.",
        _SERVER,
        "Try again later.",
    ),
    Reason(
        "use_dpop_nonce",
        "The proof needs a nonce",
        "The proof of possession lacks the nonce that this service gives out, or has an old one.",
        _NOBODY,
        "Make another proof with the nonce of this answer's DPoP-Nonce header.",
    ),
    Reason(
        "proof_replayed",
        "The proof was used before",
        "A proof of possession is good for one request, and this one has been seen already.",
        _CALLER,
        "Make a proof for every request, repeated ones included.",
    ),
    Reason(
        "replay_memory_full",
        "Too many requests at once",
        "So many proofs of possession were used within a minute that no more can be remembered.",
        _SERVER,
        "Try again in a minute.",
    ),
    Reason(
        "token_expired",
        "The token has expired",
        "Access tokens live for minutes, and the time of this one is over.",
        _NOBODY,
        "Send the refresh token to {issuer}/refresh and go on with the answer.",
    ),
    Reason(
        "token_not_yet_valid",
        "The token is not valid yet",
        "Its 'nbf' lies in the future.",
        "A clock that is wrong.",
        "Compare the clocks of the issuer and of this service.",
    ),
    Reason(
        "token_issued_in_future",
        "The token comes from the future",
        "Its 'iat' is later than this service's clock.",
        "A clock that is wrong.",
        "Compare the clocks of the issuer and of this service.",
    ),
    Reason(
        "token_too_old",
        "The token was issued too long ago",
        "This service accepts only tokens younger than a limit of its own.",
        _NOBODY,
        "Send the refresh token to {issuer}/refresh and go on with the answer.",
    ),
    Reason(
        "wrong_issuer",
        "The token comes from another issuer",
        "The 'iss' of the token is not the issuer that this service trusts. The two strings must "
        "be equal to the last character.",
        _TOKEN,
        "Get the token from the issuer that this service names.",
    ),
    Reason(
        "wrong_audience",
        "The token is for another service",
        "The 'aud' of the token does not name this service.",
        _TOKEN,
        "Log in with the 'resource' of this service.",
    ),
    Reason(
        "claim_missing",
        "The token lacks a claim",
        "A claim that this service needs is not in the token.",
        _TOKEN,
        "Get the token from the issuer that this service names.",
    ),
    Reason(
        "claim_invalid",
        "A claim has the wrong form",
        "A claim of the token is of another type than its standard says.",
        _TOKEN,
        "Get the token from the issuer that this service names.",
    ),
    Reason(
        "claims_invalid",
        "Several claims are wrong",
        "More than one claim of the token was refused.",
        _TOKEN,
        "Get the token from the issuer that this service names, for this service.",
    ),
    Reason(
        "token_refused",
        "The token is not accepted",
        "The token was refused, for a reason without a code of its own.",
        _TOKEN,
        "Log in again and send the access_token of the answer.",
    ),
    Reason(
        "session_ended",
        "The session has ended",
        "The person signed out, or the session reached its limit.",
        _NOBODY,
        "Log in again.",
    ),
    Reason(
        "roles_changed",
        "The account has changed since the login",
        "The token is older than a change of the account's roles or status.",
        _NOBODY,
        "Refresh the token: {issuer}/refresh with the refresh token.",
    ),
    Reason(
        "sender_not_proved",
        "The token belongs to another sender",
        "The token is bound to a key or a certificate, and the request does not prove that its "
        "sender has it.",
        _CALLER,
        "Send a fresh DPoP proof with each request, or connect with the client's certificate.",
    ),
    Reason(
        "step_up_required",
        "A stronger or more recent login is needed",
        "What was asked for needs a second factor, or a login that is not so long ago.",
        _NOBODY,
        "Log in again as `acr_values` and `max_age` of the answer's header say.",
    ),
    Reason(
        "session_missing",
        "Nobody is signed in",
        "The request carries no cookie of a session.",
        _NOBODY,
        "Sign in on the page of this server, then ask again.",
    ),
    Reason(
        "suspended",
        "The account is suspended",
        "An administrator suspended the account that the token belongs to.",
        _POLICY,
        "Ask the administrator of this service.",
    ),
    Reason(
        "insufficient_scope",
        "The token may do less than this",
        "The token lacks a scope that the address needs; the challenge of the answer names it.",
        _CALLER,
        "Log in with that scope.",
    ),
    Reason(
        "forbidden",
        "Forbidden",
        "The token is good, but no rule of this service allows the request.",
        _POLICY,
        "Ask the administrator of this service; the decision id of the answer tells them why.",
    ),
    Reason(
        "acting_as_user",
        "Not while you act as another person",
        "What was asked for shows or changes what is the person's alone, such as how they sign in.",
        _POLICY,
        "Stop acting as the person, or ask them to do it themselves.",
    ),
    Reason(
        "not_allowed",
        "Not allowed",
        "The token is good, but a rule of this service refuses the request.",
        _POLICY,
        "Ask the administrator of this service; the decision id of the answer tells them why.",
    ),
    Reason(
        "last_administrator",
        "The last administrator stays",
        "The change would leave nobody who may act as an administrator.",
        _CALLER,
        "Give somebody else the role of an administrator first.",
    ),
    Reason(
        "role_cycle",
        "A role would include itself",
        "The inheritance of roles that was asked for closes a circle.",
        _CALLER,
        "End one of the inheritances that the circle is made of.",
    ),
    Reason(
        "role_in_use",
        "The role is in use",
        "Somebody holds the role, or it takes part in an inheritance.",
        _CALLER,
        "Take it from whoever holds it, and end its inheritance, first.",
    ),
    Reason(
        "too_many_roles",
        "There are too many roles",
        "The tenant has as many roles as the server keeps.",
        _CALLER,
        "Strike out a role that nobody holds.",
    ),
    Reason(
        "name_taken",
        "The name is taken",
        "Somebody has this name, or had it a short while ago.",
        _CALLER,
        "Choose another name.",
    ),
    Reason(
        "client_declared",
        "Code declares this application",
        "The application is declared by the code of the server, which also says its secret.",
        _CALLER,
        "Change it where the code reads it from.",
    ),
    Reason(
        "client_document",
        "The application says itself what it is",
        "The id of the application is the address of a document, which says what it is.",
        _CALLER,
        "Let it be, or switch it off.",
    ),
    Reason(
        "client_id_taken",
        "The id is taken",
        "An application has this id, switched off or not.",
        _CALLER,
        "Choose another id, or leave it out.",
    ),
    Reason(
        "client_in_use",
        "People have signed in to the application",
        "Records of sign-ins name the application, so it is not removed.",
        _CALLER,
        "Switch it off: its sign-ins and tokens end at once.",
    ),
    Reason(
        "client_without_secret",
        "The application has no secret",
        "The application proves who it is by a key, or is public and proves nothing.",
        _CALLER,
        "Add a confidential application, and give that one a secret.",
    ),
    Reason(
        "key_announced",
        "A signing key is announced already",
        "The next signing key is published already, and one is announced at a time.",
        _CALLER,
        "Look at the plan of the keys, and wait until it signs.",
    ),
    Reason(
        "unknown_holder",
        "There is nobody to share with",
        "The user or role that the share names does not exist.",
        _CALLER,
        "Name a user by id, or a role that is written down.",
    ),
    Reason(
        "not_found",
        "Not found",
        "There is nothing at this address, or nothing that you may see. The answer is the same.",
        _NOBODY,
        "Check the address.",
    ),
    Reason(
        "method_not_allowed",
        "This address takes other requests",
        "The address exists, but cannot be asked for like this: it takes the methods that the "
        "Allow header names, such as those of a form.",
        _CALLER,
        "In a browser, go back and use the button there. In a program, use one of those methods.",
    ),
    Reason(
        "invalid_request",
        "The request has a fault",
        "A parameter is missing, repeated or malformed, or the body is of the wrong type or too "
        "large. The description in the answer says which.",
        _CALLER,
        "The developer corrects what the description names. Whoever was sent here goes back to the "
        "application.",
    ),
    Reason(
        "authorization_pending",
        "The person has not decided yet",
        "Nobody has typed the code of the device, or nobody has decided about it.",
        _NOBODY,
        "Ask again after the interval that the first answer names.",
    ),
    Reason(
        "slow_down",
        "The device asks too often",
        "The person has not decided yet, and the interval between two requests was too short.",
        _CALLER,
        "Wait five seconds longer between two requests than before.",
    ),
    Reason(
        "expired_token",
        "The code of the device is too old",
        "Nobody decided about the device within ten minutes.",
        _NOBODY,
        "Begin again at {issuer}/device_authorization, and show the code that is answered.",
    ),
    Reason(
        "invalid_credentials",
        "The login failed",
        "No active account has this user name and password. Which of them is wrong is not said, so "
        "that nobody can search for accounts.",
        _PERSON,
        "Check both and try again, or ask for a mail with a link to choose another password.",
    ),
    Reason(
        "second_factor_required",
        "A second factor is required",
        "The account has a second factor, and only the password was shown. The login goes on with "
        "the auth_session of this answer and one of the ways in its next.",
        _NOBODY,
        "Ask the person for one of the factors in next and send it with the auth_session.",
    ),
    Reason(
        "reauthentication_required",
        "A more recent proof is required",
        "What the person has proved is older than the max_age that was asked for.",
        _NOBODY,
        "Ask for one of the ways in next and send it with the auth_session.",
    ),
    Reason(
        "passkey_required",
        "A passkey is required",
        "The login was begun with a passkey and waits for the answer of the browser.",
        _NOBODY,
        "Hand the options to navigator.credentials.get() and send what it returns as passkey.",
    ),
    Reason(
        "insufficient_authorization",
        "The login is not complete",
        "The authorization challenge needs more before it gives a code; the reason says what.",
        _NOBODY,
        "Act on the reason, which is one of the codes of the login endpoint.",
    ),
    Reason(
        "invalid_session",
        "No such login is under way",
        "The auth_session is unknown, used, older than ten minutes, or of another client. Every "
        "answer carries another one.",
        _CALLER,
        "Keep the auth_session of the last answer, or begin the login again.",
    ),
    Reason(
        "redirect_to_web",
        "Only pages can go on",
        "The login needs something that this endpoint cannot do: a password has to be changed, or "
        "a second factor set up.",
        _NOBODY,
        "Open the address in continue_at in a browser. The reason is password_change or "
        "second_factor_setup. Begin the login again afterwards.",
    ),
    Reason(
        "too_many_attempts",
        "Too many attempts",
        "Too much was wrong before, so nothing was compared. The same is said of every name.",
        _PERSON,
        "Wait as long as Retry-After says. A passkey, and a link by mail, work meanwhile.",
    ),
    Reason(
        "throttled",
        "Too many requests",
        "Nothing was wrong with the request. More of its kind came from one network, or for one "
        "program, than people and programs need, so that this one was not looked at.",
        _NOBODY,
        "Wait as long as Retry-After says, or a minute, and try again.",
    ),
    Reason(
        "invalid_client",
        "The client is unknown",
        "No active client has this client_id, or it did not prove who it is. Which of them is not "
        "said.",
        _CALLER,
        "Use the client_id that the administrator registered, or leave it out where there is one "
        "default client. A client with a secret or keys proves who it is, by a method that it is "
        "registered with.",
    ),
    Reason(
        "unauthorized_client",
        "The client may not do this",
        "The client is registered, and not for this: for another grant type, without a credential "
        "where one is needed, as somebody else's application where only the owner's may ask, or "
        "for pages of other origins than the one that asked.",
        _CALLER,
        "Look up the client with 'watchword app show', and register it for the grant type that it "
        "uses. Only a confidential client gets tokens of its own, and only a first-party client "
        "takes passwords, from the origins that it lists.",
    ),
    Reason(
        "invalid_grant",
        "The code or token is not valid",
        "It is unknown, expired, already used or revoked. Which of them is not said.",
        _NOBODY,
        "Begin again. A code is sent once, in time, with all that it was asked for with.",
    ),
    Reason(
        "unsupported_grant_type",
        "Unknown grant type",
        "The token endpoint does not know this grant_type.",
        _CALLER,
        "Use one of grant_types_supported in the metadata.",
    ),
    Reason(
        "invalid_scope",
        "The scope is not available",
        "A scope is unknown, malformed, or more than the client or the login may have.",
        _CALLER,
        "Ask for scopes that the resource declares.",
    ),
    Reason(
        "invalid_token",
        "The token does not open this",
        "What lets a client register, or manage what it registered, is unknown, spent or over.",
        _CALLER,
        "Ask the operator for an initial access token, or register the client again.",
    ),
    Reason(
        "invalid_redirect_uri",
        "A redirect URI may not be registered",
        "An address for answers is missing, or could be read in two ways.",
        _CALLER,
        "Use https, http on 127.0.0.1, [::1] or localhost, or a scheme such as com.example.app.",
    ),
    Reason(
        "invalid_client_metadata",
        "The client metadata cannot be served",
        "What the client says of itself is malformed, or asks for what this server does not do.",
        _CALLER,
        "Correct the member that error_description names.",
    ),
    Reason(
        "invalid_software_statement",
        "The software statement is malformed",
        "A software statement is a signed JWT, and this is none.",
        _CALLER,
        "Leave software_statement out.",
    ),
    Reason(
        "unapproved_software_statement",
        "Nobody's software statements are trusted here",
        "The registration carries a statement about the software, and this server trusts no "
        "one to make such statements.",
        _CALLER,
        "Leave software_statement out.",
    ),
    Reason(
        "invalid_target",
        "Unknown resource",
        "No registered resource has this identifier.",
        _CALLER,
        "Use a registered resource, or leave the parameter out.",
    ),
    Reason(
        "unknown_client",
        "An unknown application asked",
        "No application with this client_id is registered here, so nobody was sent anywhere.",
        _CALLER,
        "Go back to the application. Its developer registers it first, or corrects the client_id.",
    ),
    Reason(
        "redirect_uri_mismatch",
        "The way back is not registered",
        "The application wants its answer at an address that is not registered for it, so "
        "nobody was sent there.",
        _CALLER,
        "Go back to the application. Its developer registers the redirect_uri character for "
        "character, or sends the one that is registered.",
    ),
    Reason(
        "request_over",
        "This request is over",
        "The request to sign in was answered, is too old, or was begun in another browser.",
        _NOBODY,
        "Go back to the application and begin again there.",
    ),
    Reason(
        "access_denied",
        "The person refused",
        "Whoever was asked did not allow it, or broke off.",
        "The person's, who chose so.",
        "Ask again only when the person starts it.",
    ),
    Reason(
        "unsupported_response_type",
        "Unknown response type",
        "The only response_type is code.",
        _CALLER,
        "Send response_type=code, and exchange the code at {issuer}/token.",
    ),
    Reason(
        "login_required",
        "The person is not signed in",
        "prompt=none forbids a page, and without a page nobody can sign in.",
        _NOBODY,
        "Send the person to the authorization endpoint without prompt=none.",
    ),
    Reason(
        "interaction_required",
        "A page has to be shown",
        "prompt=none forbids a page, and one is needed.",
        _NOBODY,
        "Send the person to the authorization endpoint without prompt=none.",
    ),
    Reason(
        "consent_required",
        "The person was not asked",
        "prompt=none forbids a page, and the person has not allowed this yet.",
        _NOBODY,
        "Send the person to the authorization endpoint without prompt=none.",
    ),
    Reason(
        "account_selection_required",
        "An account has to be chosen",
        "prompt=none forbids a page, and it is not clear which account is meant.",
        _NOBODY,
        "Send the person to the authorization endpoint without prompt=none.",
    ),
    Reason(
        "unmet_authentication_requirements",
        "No sign-in here is strong enough",
        "The application insists on a level of sign-in that this server does not have.",
        _CALLER,
        "Ask for one of acr_values_supported in the metadata, or leave essential out, so that the "
        "level is a wish.",
    ),
    Reason(
        "request_not_supported",
        "Request objects are not taken",
        "The request parameter carries a signed request, which this server does not read.",
        _CALLER,
        "Send the parameters themselves.",
    ),
    Reason(
        "request_uri_not_supported",
        "Addresses of requests are not taken",
        "The request_uri parameter names a request elsewhere, which this server does not fetch.",
        _CALLER,
        "Send the parameters themselves.",
    ),
    Reason(
        "registration_not_supported",
        "Metadata in a request is not taken",
        "The registration parameter carries metadata of a client, which this server does not read.",
        _CALLER,
        "Register the client beforehand.",
    ),
    Reason(
        "password_too_short",
        "The password is too short",
        "A password that is the only proof has at least 15 characters.",
        _PERSON,
        "Take a longer one; three or four words are easy to keep.",
    ),
    Reason(
        "password_too_long",
        "The password is too long",
        "A password has at most 1,024 bytes.",
        _PERSON,
        "Take a shorter one.",
    ),
    Reason(
        "password_known",
        "The password is too easy to guess",
        "It contains the user name or the name of the service, or is widely used.",
        _PERSON,
        "Take another one, or the generated one that the page offers.",
    ),
    Reason(
        "password_refused",
        "The password breaks a rule",
        "The password is too short, too long or too easy to guess; the page says which.",
        _PERSON,
        "Take another one, or the generated one that the page offers.",
    ),
    Reason(
        "link_not_valid",
        "The link is not valid",
        "A link works once and for a short time. This one was used, was replaced by a later one, "
        "is too old, or was not copied whole.",
        _NOBODY,
        "Ask whoever runs this server for another one: watchword user link NAME.",
    ),
    Reason(
        "passkey_refused",
        "The passkey was not accepted",
        "What the browser sent does not prove that a passkey of this account was used here, for "
        "this request and within a few minutes.",
        _PERSON,
        "Try again. If it fails each time, sign in another way and add the passkey anew.",
    ),
    Reason(
        "code_refused",
        "The code was not accepted",
        "The code is not one that the new authenticator app shows at this moment.",
        _PERSON,
        "Wait for the next code and enter it while it is shown. If it fails each time, set the "
        "clock of the device, or begin anew.",
    ),
    Reason(
        "foreign_form",
        "The form came from another site",
        "A page of another site sent a form in your name, and it was not accepted.",
        "The other site's.",
        "If you meant to sign in here, open this server's own page and try again.",
    ),
    Reason(
        "keys_unavailable",
        "The issuer's keys cannot be read",
        "The service could not fetch the keys that tokens are verified with.",
        _SERVER,
        "Try again in a moment; the Retry-After header says when.",
    ),
    Reason(
        "feed_unavailable",
        "Ended logins cannot be told from others at present",
        "The API follows the issuer's list of ended logins, could not read it for longer than it "
        "goes on without, and was told to refuse then.",
        _SERVER,
        "Send the request again later. If you run this API: its log says why the revocation feed "
        "of the issuer cannot be read.",
    ),
    Reason(
        "decisions_unavailable",
        "It cannot be decided at present whether this is allowed",
        "The API asks another server for its decisions, and that server gave no answer. Nothing "
        "was done.",
        _SERVER,
        "Try again in a moment. If you run this API: its log says what the other server answered.",
    ),
    Reason(
        "store_unavailable",
        "The database cannot be reached",
        "The request needs the database, and it does not answer.",
        _SERVER,
        "Try again in a moment; the Retry-After header says when.",
    ),
    Reason(
        "store_busy",
        "The database has too much to do",
        "More is waiting for the database than it can take on; nothing of the request was done.",
        _SERVER,
        "Try again in a moment; the Retry-After header says when.",
    ),
    Reason(
        "busy",
        "Too much at once",
        "The server has more to do than it can take on at this moment.",
        _SERVER,
        "Try again in a moment; the Retry-After header says when.",
    ),
    Reason(
        "url_not_set",
        "The server does not know its public address",
        "Somebody reached it from another machine, but it is set up for this machine only.",
        "The operator's.",
        "Set WATCHWORD_URL (or url=) to the https address that people type.",
    ),
    Reason(
        "not_started",
        "The server has not started",
        "A request came before the application's start-up was complete.",
        "The operator's.",
        "Run AuthServer.startup() in the lifespan of the application that mounts it.",
    ),
    Reason(
        "unguarded_routes",
        "A route does not say who may call it",
        "As long as one route of an application says nothing of access, none of them is answered.",
        "The operator's.",
        "Declare access on each route that the application's log names, or name it as public.",
    ),
    Reason(
        "server_error",
        "Something broke",
        "The server met a fault that nobody foresaw. Nothing of it is shown; the log has it.",
        _SERVER,
        "Give the reference to whoever runs this service.",
    ),
)

REASONS: Mapping[str, Reason] = MappingProxyType({row.code: row for row in _ROWS})
