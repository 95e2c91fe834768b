"""Consent: whose is remembered, for what, and when it is asked about again.

Source: oauth.md A-6 and D-6; OWASP ASVS 5.0 V10.7.1; security.md rule 69.
"""

from dataclasses import replace

import pytest
from tests.oauth.authorize.requests import FILES, GOOD, NOTES, SHOP, WEB, asked_of, proved

from watchword.oauth.authorize.consent import (
    client_state,
    consents_of,
    is_consented,
    is_remembered,
)
from watchword.oauth.authorize.request import read_asked
from watchword.oauth.clients import ClientOrigin

READ_AND_WRITE = asked_of(scope="openid notes:read notes:write")


def given_of(asked, client=SHOP, now=1):
    return consents_of(proved(asked, client=client), (), user_id="user_1", now=now)


@pytest.mark.parametrize(
    ("client", "counts"),
    [
        (SHOP, True),
        (replace(SHOP, origin=ClientOrigin.ADMINISTRATOR), True),
        (replace(SHOP, origin=ClientOrigin.DYNAMIC), False),
        (replace(SHOP, origin=ClientOrigin.DOCUMENT), False),
        (WEB, False),
    ],
)
@pytest.mark.requirement("oauth:A-6:public-and-dynamic-always-asked")
def test_only_registered_confidential_clients_are_remembered(client, counts):
    assert is_remembered(client) is counts
    given = given_of(READ_AND_WRITE, client)
    assert bool(given) is counts
    assert is_consented(proved(READ_AND_WRITE, client=client), given) is counts


def test_first_party_clients_are_never_asked_about():
    own = replace(WEB, is_first_party=True)
    assert is_consented(proved(asked_of(), client=own), ())


@pytest.mark.requirement("oauth:A-6:remembered-consent")
def test_consent_covers_what_it_said_and_less():
    given = given_of(READ_AND_WRITE)
    assert is_consented(proved(asked_of(scope="notes:read"), client=SHOP), given)
    assert not is_consented(proved(asked_of(scope="openid email notes:read"), client=SHOP), given)
    assert not is_consented(proved(asked_of(), client=SHOP), ())


def test_further_consent_keeps_what_was_said_before():
    """A step-up asks for more; the union is remembered."""
    first = given_of(asked_of(scope="notes:read"))
    more = proved(asked_of(scope="notes:write"), client=SHOP)
    (second,) = consents_of(more, first, user_id="user_1", now=2)
    assert second.scopes == ("notes:read", "notes:write")
    assert second.granted_at == 2


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Another"},
        {"redirect_uris": (*SHOP.redirect_uris, "https://app.example/more")},
        {"jwks": "{}"},
        {"jwks_uri": "https://app.example/jwks"},
    ],
)
def test_client_that_changed_is_asked_about_anew(change):
    given, changed = given_of(READ_AND_WRITE), replace(SHOP, **change)
    request = proved(READ_AND_WRITE, client=changed)
    assert not is_consented(request, given)
    (again,) = consents_of(request, given, user_id="user_1", now=2)
    assert again.client_state == client_state(changed)


def test_each_resource_has_a_consent_of_its_own():
    asked = read_asked(
        [
            *((n, v) for n, v in GOOD.items() if n != "scope"),
            ("scope", "openid notes:read files:read"),
            ("resource", NOTES.identifier),
            ("resource", FILES.identifier),
        ]
    )
    given = given_of(asked)
    assert [(one.resource, one.scopes) for one in given] == [
        (NOTES.identifier, ("openid", "notes:read")),
        (FILES.identifier, ("openid", "files:read")),
    ]
    assert is_consented(proved(asked, client=SHOP), given)
    assert not is_consented(proved(asked, client=SHOP), given[:1])
