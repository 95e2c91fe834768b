"""How long a permission lasts, in words.

Source: oauth.md A-6.
"""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.oauth.authorize.requests import WEB

from watchword.server.languages import say
from watchword.server.pages.authorizing.consent import lifetime_of
from watchword.server.settings import Settings

ONCE = replace(WEB, grant_types=frozenset({"authorization_code"}))


@pytest.mark.parametrize(
    ("client", "settings", "words"),
    [
        (WEB, Settings(), "365 days"),
        (
            WEB,
            Settings(refresh_idle_seconds=3600, refresh_lifetime_seconds=7200),
            "2 hours",
        ),
        (ONCE, Settings(), "5 minutes"),
        (ONCE, Settings(access_lifetime_seconds=30), "1 minute"),
    ],
)
def test_permission_lasts_as_long_as_the_client_can_use_it(client, settings, words):
    assert say(lifetime_of(client, SimpleNamespace(settings=settings))) == words
