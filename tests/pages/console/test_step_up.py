"""What the admin pages ask of whoever changes something. security.md rules 43 and 44."""

import re
from itertools import count

import pytest
from tests.pages.account.conftest import Browser, people_in
from tests.pages.account.test_factors import token
from tests.server.conftest import PASSWORD, MovedClock, Started

from watchword.server.administration.scopes import MANAGEMENT
from watchword.server.app import AuthServer
from watchword.server.routes import ROUTES
from watchword.server.settings import Settings

HERE = "/admin/access"
OWN_VIEW = {"/admin"}  # what its sender sees of the first steps: decisions/0285
PLACE = re.compile(r"\{[^}]*\}")  # of an id in the path of a row
CONFIRM = f"/account/confirm?next={HERE}"
NUMBERS = count()  # so that each change changes something
STRONGER = f"{CONFIRM}&acr=aal2"


@pytest.fixture
def serving(tmp_path):
    """Return what starts a server with these settings."""

    def start(**said):
        clock = MovedClock()
        database = f"sqlite:///{tmp_path}/watchword.db"
        settings = Settings(database=database, signing_alg="ES256", **said)
        return people_in(Started(AuthServer(settings, clock=clock), clock))

    return start


def write(browser):
    fields = {"action": "add-role", "role": f"role{next(NUMBERS)}", "reason": "ticket 7"}
    return browser.post(HERE, form_token=token(browser, HERE), **fields).headers["location"]


@pytest.mark.requirement("security:43:administrators")
def test_a_change_asks_for_a_proof_of_the_last_minutes(serving):
    with serving(admin_proof_seconds=60) as started:
        ada = Browser(started).sign_in("ada")
        assert write(ada) == f"{HERE}?notice=admin-done"
        started.clock.seconds += 60
        assert write(ada) == CONFIRM
        assert ada.get(HERE).status_code == 200
        assert ada.send("/account/confirm", at=CONFIRM, password=PASSWORD).status_code == 303
        assert write(ada) == f"{HERE}?notice=admin-done"


@pytest.mark.requirement("security:43:administrators")
def test_an_account_with_a_factor_is_asked_for_that_factor(serving):
    """The password once more renews no second factor, and is not offered for it."""
    with serving() as started:
        ada = Browser(started).sign_in("ada")
        generator = started.add_generator("ada")
        assert write(ada) == STRONGER
        code = generator.at(started.clock.now())
        assert ada.send("/account/confirm", at=STRONGER, code=code).headers["location"] == HERE
        assert write(ada) == f"{HERE}?notice=admin-done"
        started.clock.seconds += 15 * 60
        assert ada.send("/account/confirm", password=PASSWORD).status_code == 303
        assert write(ada) == STRONGER
        page = ada.get(STRONGER).text
        assert 'name="code"' in page
        assert 'name="password"' not in page
        code = generator.at(started.clock.now())
        ada.send("/account/confirm", at=STRONGER, code=code)
        assert write(ada) == f"{HERE}?notice=admin-done"


@pytest.mark.requirement("security:43:administrators")
@pytest.mark.parametrize("path", ["/account/totp", "/account/passkeys", "/account/recovery-codes"])
def test_the_password_alone_makes_no_factor_that_would_do(serving, path):
    """Whoever has the cookie of a session of two factors and the password has no factor yet."""
    with serving() as started:
        ada = Browser(started).sign_in("ada")
        generator = started.add_generator("ada")
        code = generator.at(started.clock.now())
        assert ada.send("/account/confirm", at=STRONGER, code=code).status_code == 303
        started.clock.seconds += 15 * 60
        assert ada.send("/account/confirm", password=PASSWORD).status_code == 303
        asked = f"/account/confirm?next={path}&acr=aal2"
        assert ada.get(path).headers.get("location") == asked
        answer = ada.post(path, form_token=token(ada, HERE), action="begin")
        assert answer.headers.get("location") == asked


@pytest.mark.requirement("security:43:administrators")
def test_where_the_settings_ask_for_it_who_has_no_factor_adds_one(serving):
    with serving(admin_second_factor=True) as started:
        ada = Browser(started).sign_in("ada")
        assert write(ada) == STRONGER
        assert "/account/totp?next=/admin/access" in ada.get(STRONGER).text


@pytest.mark.requirement("security:43:administrators")
def test_no_form_of_the_console_does_without(serving):
    """Every row of the table that takes a form, whatever it changes for anybody else."""
    forms = [row.path for row in ROUTES if row.path.startswith("/admin") and "POST" in row.handlers]
    paths = [path for path in forms if MANAGEMENT not in path and path not in OWN_VIEW]
    assert len(paths) > 4
    with serving() as started:
        ada = Browser(started).sign_in("ada")
        form_token = token(ada, HERE)
        started.add_generator("ada")
        for path in paths:
            answer = ada.post(PLACE.sub("x", path), form_token=form_token, reason="ticket 7")
            assert answer.status_code == 303, path
            there = answer.headers["location"]
            assert there.startswith("/account/confirm?"), path
            assert there.endswith("&acr=aal2"), path
