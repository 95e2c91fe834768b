"""Every code that a room answers with has its words.

Source: users.md U57.
"""

import importlib
import pkgutil
import string

import pytest
from tests.django_site.site import ready

import watchword
from watchword.accounts.password_rules import PasswordReason
from watchword.base.reasons import REASONS

# Roots of error trees: their subclasses answer, they do not.
ROOTS = {
    "access_error",
    "account_error",
    "fetch_failed",
    "jose_error",
    "refused",
    "store_error",
}
# Told to an operator's terminal or log, or to the programmer at import. A request that meets one
# of them is answered `server_error` or `keys_unavailable`.
NEVER_SENT = {
    # Told in the form that caused it, beside its field (decisions/0133: there is no other door).
    "name_refused",
    "throttled",
    # The others.
    "address_refused",
    "bad_answer",
    "configuration_error",
    "crowded",
    "hash_malformed",
    "hash_not_taken",
    "invalid_policy",
    "invalid_subject",
    "key_invalid",
    "key_mismatch",
    "key_refused",
    "key_weak",
    "keys_pending",
    "keys_unusable",
    "live_store",
    "log_broken",
    "not_listable",
    "policy_refused",
    "port_in_use",
    "schema_missing",
    "schema_outdated",
    "seal_broken",
    "sealing_key_invalid",
    "store_conflict",
    "unreachable",
}


def error_classes():
    ready()  # modules about Django's models cannot be imported before
    for module in pkgutil.walk_packages(watchword.__path__, "watchword."):
        loaded = importlib.import_module(module.name)
        for thing in vars(loaded).values():
            if isinstance(thing, type) and issubclass(thing, Exception):
                code = vars(thing).get("code")
                if thing.__module__.startswith("watchword.") and isinstance(code, str):
                    yield thing.__module__, thing.__name__, code


@pytest.mark.requirement("server:U57:page-for-every-code")
def test_every_code_has_a_row():
    missing = {
        (module, name, code)
        for module, name, code in error_classes()
        if code not in REASONS and code not in ROOTS | NEVER_SENT
    }
    assert not missing


def test_every_reason_against_a_password_has_a_row():
    assert {reason.code for reason in PasswordReason} <= set(REASONS)


def test_rows_are_whole_sentences_for_people():
    letters = set(string.ascii_lowercase + string.digits + "_")
    for code, row in REASONS.items():
        assert row.code == code
        assert set(code) <= letters
        assert row.title
        assert not row.title.endswith(".")
        for text in (row.what, row.fault, row.fix):
            assert text.endswith("."), code
