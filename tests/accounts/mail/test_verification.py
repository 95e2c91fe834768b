"""Addresses of an account, sign-up and recovery, above the store.

Source: security.md rules 29, 37, 43 and 46; users.md U46 and U47.
"""

import json
import shutil
from dataclasses import replace

import pytest
from tests.accounts.conftest import CHEAP, NOW, PASSWORD, RecordingHasher

from watchword.accounts.attempts import Caller, Factors, MailCodeAttempt
from watchword.accounts.credentials import CredentialContext
from watchword.accounts.errors import InvalidCredentials, LinkNotValid
from watchword.accounts.levels import Method, Proof
from watchword.accounts.links import LinkPurpose, new_link
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.limits import MAILS_TO_ADDRESS, MailDelayed, MailLimiter
from watchword.accounts.mail.messages import MailKind, MailSealer
from watchword.accounts.mail.verification import (
    PrimaryOutcome,
    VerificationContext,
    claim_address,
    confirm_address,
    make_primary,
)
from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.recovery import (
    CODE_DIGITS,
    MailCodes,
    RecoveryContext,
    ask_reset,
    code_hash,
    exchange_code,
    new_code,
)
from watchword.accounts.sessions import SESSION_LIMITS, new_browser_session
from watchword.accounts.signup import (
    NameRefused,
    SignedUp,
    SignupContext,
    SignupOutcome,
    Wanted,
    ask_signup,
    parse_new_name,
    sign_up,
)
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.chance import SYSTEM, new_secret
from watchword.base.secrets import Secret, digest
from watchword.keys.sealing import SealingKey
from watchword.stores import open_store
from watchword.testing.store_conformance.emails import answering, claiming

KEY = SealingKey(b"k" * 32)
ALICE, BOB = EmailAddress("Alice@example.com"), EmailAddress("bob@example.com")
ISSUER = "https://id.example"


class Clock:
    def __init__(self):
        self.time = NOW

    def now(self):
        return self.time

    def monotonic(self):
        return float(self.time)


class Desk:
    """A store with a user, and the contexts of everything that goes by mail."""

    def __init__(self, run, store):
        self.run, self.store, self.clock = run, store, Clock()
        self.sealer = MailSealer(KEY, SYSTEM)
        self.hasher = RecordingHasher()
        limiter = MailLimiter(store, b"l" * 32)
        parts = {
            "store": store,
            "sealer": self.sealer,
            "limiter": limiter,
            "clock": self.clock,
            "chance": SYSTEM,
            "issuer": ISSUER,
        }
        self.verification = VerificationContext(**parts)
        self.signup = SignupContext(
            **parts, hasher=self.hasher, service_name="watchword", parameters=CHEAP
        )
        credentials = CredentialContext(
            store=store,
            hasher=self.hasher,
            clock=self.clock,
            decoy_key=b"d" * 32,
            parameters=CHEAP,
        )
        self.codes = MailCodes(store, b"c" * 32)
        self.recovery = RecoveryContext(**parts, credentials=credentials, code_key=b"c" * 32)

    def user(self, name="alice", address=ALICE):
        user = NewUser(chance.new_id(SYSTEM, "user"), name, None, frozenset(), NOW)
        self.run(self.store.add_user(user))
        claim = claiming(user.id, address, now=NOW)
        self.run(self.store.claim_address(claim))
        self.run(self.store.confirm_address(answering(claim, now=NOW)))
        return self.run(self.store.find_user(name))

    def mails(self):
        """Open every mail that waits, by kind."""
        waiting = self.run(self.store.list_mails(most=50, now=self.clock.now()))
        opened = []
        for due in waiting:
            try:
                opened.append(self.sealer.open(due))
            except Exception:  # noqa: BLE001  # of the world's own claims, sealed by nobody
                continue
        return {mail.kind: mail for mail in opened if mail}

    def session(self):
        return new_browser_session(
            new_secret(SYSTEM),
            proofs=(Proof(Method.PASSWORD, self.clock.now()),),
            limits=SESSION_LIMITS,
            origin=NOWHERE,
            now=self.clock.now(),
            chance=SYSTEM,
        )


@pytest.fixture
def desk(run, blank_database, tmp_path):
    shutil.copytree(blank_database, tmp_path / "db")
    store = run(open_store(f"sqlite:///{tmp_path / 'db' / 'store.db'}"))
    yield Desk(run, store)
    run(store.close())


def secret_in(mail):
    return Secret(mail.values["link"].partition("link=")[2])


def test_claim_is_confirmed_through_its_mail(desk):
    user = desk.user()
    desk.run(claim_address(user, BOB, desk.verification, locale="de"))
    mail = desk.mails()[MailKind.VERIFY_EMAIL]
    assert (mail.to, mail.locale, mail.values["name"]) == (BOB, "de", "alice")
    assert mail.values["link"].startswith(f"{ISSUER}/verify?link=")
    confirmed = desk.run(confirm_address(secret_in(mail), desk.verification))
    assert confirmed.user == user
    with pytest.raises(LinkNotValid):
        desk.run(confirm_address(secret_in(mail), desk.verification))


@pytest.mark.requirement("security:43:address")
def test_address_that_was_primary_is_told(desk):
    user = desk.user()
    claim = claiming(user.id, BOB, now=NOW)
    desk.run(desk.store.claim_address(claim))
    desk.run(desk.store.confirm_address(answering(claim, now=NOW)))
    origin = Origin("192.0.2.1", "Firefox")
    outcome = desk.run(make_primary(user, BOB, desk.verification, origin=origin))
    assert outcome is PrimaryOutcome.CHANGED
    waiting = desk.run(desk.store.list_mails(most=50, now=NOW))
    sealed = [due for due in waiting if due.sealed and due.kind is MailKind.EMAIL_CHANGED]
    told = desk.sealer.open(sealed[0])
    assert (told.to, told.values["about"], told.values["address"]) == (
        ALICE,
        BOB.written,
        "192.0.2.1",
    )


def test_account_without_an_address_has_nobody_to_tell(desk):
    user = NewUser("user_1", "nobody", None, frozenset(), NOW)
    desk.run(desk.store.add_user(user))
    found = desk.run(desk.store.find_user("nobody"))
    outcome = desk.run(make_primary(found, BOB, desk.verification))
    assert outcome is PrimaryOutcome.NOT_VERIFIED


@pytest.mark.requirement("security:36:mails-throttled")
def test_mail_too_many_says_when_the_next_may_go(desk):
    user = desk.user()
    for _ in range(MAILS_TO_ADDRESS.burst):
        desk.run(claim_address(user, BOB, desk.verification))
    with pytest.raises(MailDelayed) as caught:
        desk.run(claim_address(user, BOB, desk.verification))
    assert caught.value.retry_after == MAILS_TO_ADDRESS.interval_seconds


@pytest.mark.requirement("security:29:other-doors")
def test_mail_for_nobody_is_a_decoy(desk):
    desk.run(ask_reset(BOB, NOWHERE, desk.recovery))
    mail = desk.mails()[MailKind.DECOY]
    assert (mail.to, mail.values["name"]) == (BOB, "")
    user = desk.user()
    desk.run(desk.store.suspend_user(user.id, now=NOW))
    desk.run(ask_reset(ALICE, NOWHERE, desk.recovery))
    assert MailKind.RESET not in desk.mails()


def test_code_is_exchanged_for_a_link(desk):
    user = desk.user()
    desk.run(ask_reset(ALICE, NOWHERE, desk.recovery))
    code = desk.mails()[MailKind.RESET].values["code"]
    link = new_link(Secret("bought"), purpose=LinkPurpose.RESET, user_id=user.id, now=NOW)
    right = MailCodeAttempt(user.id, Secret(f"{code[:4]} {code[4:]}"), link)
    compared = desk.run(desk.codes.compare(right, origin=NOWHERE, now=NOW))
    assert (compared.user_id, compared.method) == (user.id, Method.MAIL_CODE)
    for typed in (code, "", "x" * 10_000, "1234567", "\u0661" * CODE_DIGITS):
        with pytest.raises(InvalidCredentials):
            desk.run(
                desk.codes.compare(replace(right, code=Secret(typed)), origin=NOWHERE, now=NOW)
            )


def test_exchanged_code_opens_the_page_for_a_password(desk):
    user = desk.user()
    desk.run(ask_reset(ALICE, Origin("192.0.2.1", None), desk.recovery))
    code = Secret(desk.mails()[MailKind.RESET].values["code"])
    credentials = replace(desk.recovery.credentials, factors=Factors(mail_code=desk.codes))
    recovery = replace(desk.recovery, credentials=credentials)
    secret = desk.run(exchange_code(ALICE, code, Caller(NOWHERE), recovery))
    found = desk.run(desk.store.find_link(digest(secret), LinkPurpose.RESET, now=NOW))
    assert found == user


def test_server_without_the_factor_takes_no_code(desk):
    for address in (ALICE, BOB):
        with pytest.raises(InvalidCredentials):
            desk.run(exchange_code(address, Secret("00000000"), Caller(NOWHERE), desk.recovery))


@pytest.mark.requirement("security:37:mail-code")
def test_codes_have_eight_digits_and_a_keyed_hash():
    codes = {new_code(SYSTEM).reveal() for _ in range(200)}
    assert len(codes) > 195
    assert all(len(code) == CODE_DIGITS and code.isdecimal() for code in codes)
    hashes = {
        code_hash(Secret(code), user, key=key)
        for code in ("00000000", "00000001")
        for user in ("user_1", "user_2")
        for key in (b"1" * 32, b"2" * 32)
    }
    assert len(hashes) == 8


def test_sign_up_makes_the_account_that_the_mail_invited_to(desk):
    desk.run(ask_signup(ALICE, "fr", NOWHERE, desk.signup))
    mail = desk.mails()[MailKind.SIGN_UP]
    assert mail.locale == "fr"
    wanted = Wanted("alice", Secret(PASSWORD), "fr")
    session = desk.run(sign_up(secret_in(mail), wanted, desk.session(), desk.signup))
    assert session.user.name == "alice"
    with pytest.raises(LinkNotValid):
        desk.run(sign_up(secret_in(mail), wanted, desk.session(), desk.signup))
    desk.run(ask_signup(ALICE, "fr", NOWHERE, desk.signup))
    exists = desk.mails()[MailKind.ACCOUNT_EXISTS]
    assert json.loads(json.dumps(dict(exists.values)))["name"] == "alice"


def test_taken_name_is_refused(desk):
    desk.user("alice", BOB)
    desk.run(ask_signup(ALICE, None, NOWHERE, desk.signup))
    secret = secret_in(desk.mails()[MailKind.SIGN_UP])
    wanted, session = Wanted("alice", Secret(PASSWORD), None), desk.session()
    with pytest.raises(NameRefused, match="taken"):
        desk.run(sign_up(secret, wanted, session, desk.signup))


def test_sign_up_that_another_request_was_faster_with_is_dead(desk, monkeypatch):
    desk.run(ask_signup(ALICE, None, NOWHERE, desk.signup))
    secret = secret_in(desk.mails()[MailKind.SIGN_UP])

    async def overtaken(*_command):
        return SignedUp(SignupOutcome.LINK_DEAD)

    monkeypatch.setattr(type(desk.store), "redeem_signup", overtaken)
    wanted, session = Wanted("alice", Secret(PASSWORD), None), desk.session()
    with pytest.raises(LinkNotValid, match="while the password was hashed"):
        desk.run(sign_up(secret, wanted, session, desk.signup))


@pytest.mark.parametrize("text", ["", "a b", "x" * 129, "alice@example.com", "\uff20"])
def test_name_of_a_stranger_is_no_address(text):
    with pytest.raises(NameRefused):
        parse_new_name(text)


def test_name_is_made_canonical():
    assert parse_new_name(" Alice ") == "alice"
