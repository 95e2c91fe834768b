"""A copy of the database opens nothing: of whatever was handed out, no usable value is in it.

Source: oauth.md S-1 (DOT #1716, PostHog #44245, ZITADEL CVE-2026-27840).
"""

import base64
import hashlib
from dataclasses import replace

import pytest
from tests.oauth.asking import ask, refresh_with
from tests.oauth.conftest import NOTES, PASSWORD

from watchword.accounts.origin import NOWHERE
from watchword.base.secrets import digest
from watchword.oauth.challenge import challenge
from watchword.oauth.clients import AuthMethod, Client, TokenFormat
from watchword.oauth.device_authorization import DeviceContext, authorize_device
from watchword.oauth.errors import InvalidGrant
from watchword.oauth.grants import GRANTS

SECRET = "the secret of this client, of which a hash is kept"
ALL_GRANTS = Client(
    "all",
    "All",
    is_first_party=True,
    is_default=False,
    scopes=None,
    grant_types=frozenset(GRANTS),
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_POST}),
    secret_hash=digest(SECRET),
)
PROOF = {"client_id": "all", "client_secret": SECRET}


def written(tmp_path):
    """Everything that the database has put into files."""
    files = sorted(tmp_path.glob("store.db*"))
    assert len(files) >= 2, "the write-ahead log is read too"
    return b"".join(file.read_bytes() for file in files)


def begin_device(server):
    ctx = DeviceContext(
        proving=server.proving,
        store=server.store,
        clock=server.clock,
        chance=server.chance,
        verification_uri="https://id.example/device",
        pepper=b"p" * 32,
        throttle_key=b"t" * 32,
    )
    return server.run(authorize_device((), PROOF, NOWHERE, ctx))


@pytest.mark.requirement("oauth:S-7:not-stored")
@pytest.mark.requirement("oauth:S-1:no-usable-value")
def test_dump_holds_none_of_what_was_handed_out(server, tmp_path):
    server.run(server.store.register_client(ALL_GRANTS))
    server.run(server.store.register_resource(replace(NOTES, token_format=TokenFormat.OPAQUE)))
    login = server.log_in(**PROOF)
    refreshed = server.run(
        refresh_with({"refresh_token": login.refresh_token.reveal(), **PROOF}, server.token)
    )
    form = {"username": "ada", "password": PASSWORD, **PROOF}
    granted = server.run(challenge((), form, NOWHERE, server.challenge))
    code = {"grant_type": "authorization_code", "code": granted.code.reveal(), **PROOF}
    bought = server.run(ask(code, server.token))
    own = server.run(ask({"grant_type": "client_credentials", **PROOF}, server.token))
    device = begin_device(server)
    handed_out = [
        *(issued.access_token for issued in (login, refreshed, bought, own)),
        *(issued.refresh_token for issued in (login, refreshed, bought)),
        *(granted.code, device.device_code, device.user_code),
    ]
    texts = {secret.reveal() for secret in handed_out} | {SECRET, PASSWORD}
    texts |= set(server.chance.secrets)
    dump = written(tmp_path)
    for text in texts:
        assert text.encode() not in dump
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) == 43 else None
        assert raw is None or raw not in dump
    letters = device.user_code.reveal()
    for plain in (letters, letters.replace("-", "")):
        for hashed in (hashlib.sha256, hashlib.blake2b):
            assert hashed(plain.encode()).digest() not in dump
    assert digest(own.access_token) in dump  # or nothing would have been looked through


@pytest.mark.requirement("oauth:S-1:no-usable-value")
@pytest.mark.parametrize("cut", [slice(0, -1), slice(1, None), slice(0, 40)])
def test_part_of_a_token_is_no_token(server, cut):
    """ZITADEL CVE-2026-27840: the hash is of the whole string."""
    token = server.log_in().refresh_token.reveal()
    for text in (token[cut], token + "A"):
        with pytest.raises(InvalidGrant):
            server.run(refresh_with({"refresh_token": text}, server.token))
    assert server.run(refresh_with({"refresh_token": token}, server.token)).expires_in == 300
