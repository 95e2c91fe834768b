"""How sure the server has to be of an administrator who changes something, and how lately.

A proof of the last minutes; and where the account has a second factor, or the settings ask it of
everybody, that factor. Whoever only looks is not asked.

Source: security.md rules 43, 44 and 95; OWASP ASVS 5.0 V7.5.3; RFC 9470 section 3; decisions/0252.
"""

from watchword.accounts.confirmation import is_confirmed, is_proven
from watchword.accounts.factors.together import has_second
from watchword.accounts.levels import ACR_VALUES, Level
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.bearer import LoginTooWeak
from watchword.server.runtime import Runtime

__all__ = ["check_login", "level_asked"]


async def level_asked(user_id: str, runtime: Runtime) -> Level:
    """Return what an administrator has to have reached who changes something."""
    if runtime.settings.admin_second_factor:
        return Level.TWO_FACTORS
    has_factor = has_second(await runtime.store.read_standing(user_id))
    return Level.TWO_FACTORS if has_factor else runtime.settings.least_level


async def check_login(claims: AccessClaims, runtime: Runtime) -> None:
    """Hold the login behind an access token against what a change asks for.

    Raises:
        LoginTooWeak: it says what to ask for when logging in again.
    """
    asked = await level_asked(claims.sub, runtime)
    reached = claims.acr in ACR_VALUES and Level(claims.acr).rank >= asked.rank
    seconds = runtime.settings.admin_proof_seconds
    is_recent = is_confirmed(claims.auth_time, within_seconds=seconds, now=runtime.clock.now())
    if not (reached and is_recent and await _is_shown(claims.sid, asked, runtime)):
        acr = asked.value if asked is Level.TWO_FACTORS else None
        raise LoginTooWeak(acr_values=acr, max_age=seconds)


async def _is_shown(sid: str, asked: Level, runtime: Runtime) -> bool:
    """Whether what counts was shown recently; a token tells the time of the newest proof alone."""
    now = runtime.clock.now()
    found = await runtime.store.find_owned_session(sid, now=now)
    seconds = runtime.settings.admin_proof_seconds
    return found is not None and is_proven(
        found.session.proofs, asked, within_seconds=seconds, now=now
    )
