"""A lost answer is asked for again, and a deliberate end comes between: the end wins.

django-oauth-toolkit #1816: its grace period gave a new pair to a token that had been revoked.

Source: security.md section 3.1 step 2, rule 59 and C8; oauth.md section 5.
"""

import pytest
from tests.flows.conftest import running, settings  # noqa: F401  # fixtures


def log_out(server, pair):
    server.http.post("/logout", json={"refresh_token": pair["refresh_token"]})


def log_out_everywhere(server, pair):
    server.http.post("/logout/all", headers=bearer(pair))


def end_session(server, pair):
    (sid,) = (each["id"] for each in sessions(server, pair) if each["current"])
    server.http.delete(f"/me/sessions/{sid}", headers=bearer(pair))


def suspend(server, _pair):
    server.store("suspend_user", server.users["alice"].id, now=server.clock.now())


def suspend_and_restore(server, pair):
    suspend(server, pair)
    server.store("restore_user", server.users["alice"].id, now=server.clock.now())


def take_role(server, _pair):
    user_id, now = server.users["alice"].id, server.clock.now()
    server.store("assign_role", user_id, "editor", now=now)
    server.store("remove_role", user_id, "editor", now=now)


def begin_epoch(server, _pair):
    server.store("bump_epoch", now=server.clock.now())


def bearer(pair):
    return {"authorization": f"Bearer {pair['access_token']}"}


def sessions(server, pair):
    return server.http.get("/me/sessions", headers=bearer(pair)).json()["sessions"]


@pytest.mark.requirement("security:59:deliberate-end", "security:59:revocation-wins")
@pytest.mark.parametrize(
    "end",
    [
        log_out,
        log_out_everywhere,
        end_session,
        suspend,
        suspend_and_restore,
        take_role,
        begin_epoch,
    ],
)
def test_retry_after_a_deliberate_end_gives_nothing(running, end):  # noqa: F811  # the fixture
    pair = running.tokens()
    lost = running.refresh(pair["refresh_token"])  # the answer never arrives
    assert lost.status_code == 200
    end(running, pair)
    again = running.refresh(pair["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    late = running.refresh(lost.json()["refresh_token"])
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
