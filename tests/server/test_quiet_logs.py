"""Nothing secret reaches a log, at any level, on any path.

Source: security.md rules 48 and 99, section 6.4 no. 9; oauth.md L-14.
"""

import base64
import logging
import re
from urllib.parse import quote

import pytest

from watchword.server.log import LineFormatter

PASSWORD = "alice walks seven brown dogs"


def forms(secret):
    """Return the shapes in which a secret could be written."""
    data = secret.encode()
    return {
        secret,
        quote(secret),
        data.hex(),
        base64.b64encode(data).decode().rstrip("="),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
        secret[::-1],
    }


def inspect(server, token, **headers):
    """Send a token to the inspector's form, as a browser that was shown the page does."""
    shown = server.get("/inspect", headers={"accept": "text/html"})
    form_token = re.search(r'name="form_token" value="([^"]+)"', shown.text)[1]
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | FORM
    answer = server.post(
        "/inspect", content=f"form_token={form_token}&token={token}".encode(), headers=sent
    )
    assert answer.status_code == (403 if headers else 200)


@pytest.mark.requirement("server:99:quiet-logs")
@pytest.mark.requirement("users-pages:inspector-logs-nothing")
def test_whole_flow_leaves_no_secret_in_the_logs(server, caplog, capfd):
    caplog.set_level(logging.WARNING, "httpx2")  # the test's own client prints its queries
    caplog.set_level(logging.DEBUG)
    pair = server.log_in().json()
    wrong = {"username": "alice", "password": "canary of a wrong password"}
    server.post("/login", json=wrong)
    server.post("/login", json={**wrong, "scope": 'canary"scope'})
    server.post("/login", content=b'{"password": "canary in broken json', headers=JSON)
    server.get("/setup?link=canary-of-a-link", headers={"accept": "text/html"})
    server.get("/me?access_token=canary-of-a-query")
    server.me(pair["access_token"])
    server.me(pair["access_token"] + "tampered")
    server.me("canary")
    fresh = server.post("/refresh", json={"refresh_token": pair["refresh_token"]}).json()
    server.me(fresh["access_token"])
    server.post("/refresh", json={"refresh_token": pair["refresh_token"]})
    server.post("/logout", json={"refresh_token": fresh["refresh_token"]})
    server.post("/signin", content=b"username=alice&password=canary", headers=FORM)
    inspect(server, pair["access_token"])
    inspect(server, pair["access_token"] + "canary")
    inspect(server, "canary", sec_fetch_site="cross-site")
    server.post("/inspect", content=b"token=canary", headers=FORM)
    logged = "\n".join(LineFormatter().format(record) for record in caplog.records)
    assert "failure_" in logged  # the log was on
    written = logged + "".join(capfd.readouterr()) + repr(server.runtime)
    secrets = [PASSWORD, "canary", server.auth.settings.key_path.read_text().strip()]
    secrets += [pair[name] for name in ("access_token", "refresh_token")]
    secrets += [fresh[name] for name in ("access_token", "refresh_token")]
    secrets += [token.rpartition(".")[2] for token in (pair["access_token"],)]
    for secret in secrets:
        assert not any(form in written for form in forms(secret)), secret[:6]


JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
