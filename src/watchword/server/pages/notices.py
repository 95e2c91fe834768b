"""Sentences that a page shows after a redirect. The URL names one; it never brings its own text."""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.server.languages import N_

__all__ = ["NOTICES"]

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "factor-renamed": N_("The name is saved."),
        "last-factor": N_(
            "It is the last one, and your account needs it. "
            "Add another one first, or choose a longer password."
        ),
        "passkey-added": N_("The passkey is added."),
        "passkey-first-use": N_("The passkey is added. Use it once to see that it works."),
        "passkey-removed": N_("The passkey is removed."),
        "totp-added": N_("The app is added. From now on you are asked for its codes."),
        "totp-removed": N_("The app is removed."),
        "profile-changed": N_("Your profile is saved."),
        "session-ended": N_("The session is ended."),
        "signed-out": N_("You are signed out."),
        "address-asked": N_("A mail is on its way. Open the link in it to confirm the address."),
        "address-preferred": N_("Mails go to that address from now on."),
        "address-removed": N_("The address is removed."),
        "account-deleted": N_("Your account is deleted. Goodbye."),
        "address-confirmed": N_("The address is confirmed."),
        "app-disconnected": N_("The application is disconnected."),
        "login-ended": N_("That sign-in of the application is ended."),
        "name-changed": N_("Your user name is changed. Sign in with it from now on."),
        "others-ended": N_("All other sessions are ended."),
        "password-changed": N_("Your password is changed."),
        "password-changed-fair": N_(
            "Your password is changed. It is accepted, but a program that got hold of its hash "
            "could guess it in time: a few more words make that hopeless."
        ),
        "password-set": N_("Your password is set. Sign in with it."),
        "signin-over": N_("That sign-in is over, or took too long. Please sign in again."),
        "admin-done": N_("The change is made and written into the log."),
        "admin-steps-dismissed": N_("They are hidden. The tools show them again."),
        "admin-undone": N_("It is undone, which is written into the log as well."),
        "admin-unchanged": N_("There was nothing to change."),
        "admin-user-deleted": N_("The account is deleted."),
        "stale-form": N_(
            "That form was open for too long, so nothing was changed. Please send it again."
        ),
    }
)
