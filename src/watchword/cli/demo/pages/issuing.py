"""Tokens for the page: a real pair for a browser's session, and an example that nobody accepts.

Source: oauth.md section 0 (8): the pair comes through the one issuing gate.
"""

from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import Origin
from watchword.accounts.users import User, UserStatus
from watchword.base.chance import new_id
from watchword.cli.demo.pages.trials import Pair
from watchword.jose.jwk.key import Key
from watchword.oauth.access_token import access_signer, sign_access
from watchword.oauth.authentication import Accepted
from watchword.oauth.clients import identify_client
from watchword.oauth.families import Facts, OpenFamilyInSession, Refused
from watchword.oauth.issue import draft_pair, issue
from watchword.oauth.login import new_family
from watchword.oauth.resources import choose_resource
from watchword.oauth.scopes import grant_scopes
from watchword.server.runtime import Runtime

__all__ = ["example_token", "issue_pair"]


async def issue_pair(sid: str, origin: Origin, runtime: Runtime) -> Pair | None:
    """Issue a pair for a session that has a cookie, as the login API does for one without.

    Returns:
        The pair, or None where the session ended meanwhile, or the client may not refresh.
    """
    accepted = await _accepted(runtime)
    draft = draft_pair(runtime.issue)
    family = new_family(accepted, draft, runtime.issue)
    command = OpenFamilyInSession(sid, family, origin, runtime.clock.now())
    issued = await issue(command, draft, runtime.issue)
    if isinstance(issued, Refused) or issued.refresh_token is None:
        return None
    return Pair(issued.access_token.reveal(), issued.refresh_token)


async def example_token(runtime: Runtime) -> str:
    """Make a token with the members of a real one, signed by a key that is thrown away here.

    It says what a token says; no published key verifies it, so no API accepts it.
    """
    accepted = await _accepted(runtime)
    issuer, now = runtime.settings.issuer, runtime.clock.now()
    key = Key.generate(runtime.ring.signing_key.alg)
    signer = access_signer(key, issuer=issuer, clock=runtime.clock)
    nobody = User(
        id=new_id(runtime.chance, "user"),
        name="example",
        status=UserStatus.ACTIVE,
        roles=frozenset(),
        version=1,
        created_at=now,
    )
    facts = Facts(
        user=nobody,
        client_id=accepted.client.client_id,
        resource=accepted.resource.identifier,
        scopes=accepted.scopes,
        sid=new_id(runtime.chance, "sid"),
        proofs=(Proof(Method.PASSWORD, now),),
        family_id=new_id(runtime.chance, "fam"),
        generation_id=new_id(runtime.chance, "gen"),
        family_expires_at=now,
        is_first_party=accepted.client.is_first_party,
    )
    times = (now, now + runtime.issue.access_lifetime_seconds)
    return sign_access(signer, facts, issuer=issuer, scopes=accepted.scopes, times=times)


async def _accepted(runtime: Runtime) -> Accepted:
    """Return what the default client may ask of the default resource: the notes API."""
    client = await identify_client(runtime.store, None)
    resource = choose_resource(await runtime.store.list_resources(), None)
    return Accepted(client, resource, grant_scopes(None, client, resource))
