"""People with second factors."""

import pyotp

from watchword.accounts.factors.recovery_codes import make_codes
from watchword.accounts.factors.together import Changer
from watchword.accounts.factors.totp import (
    TOTPContext,
    begin_enrolment,
    confirm_enrolment,
    open_enrolment,
)
from watchword.base.secrets import Secret


class Person:
    """Somebody with a password, a generator and a sheet of codes."""

    def __init__(self, server, name):
        self.server = server
        user = server.run(server.store.find_user(name))
        ctx = TOTPContext(server.store, server.sealing, server.clock, server.chance, "Example")
        server.run(begin_enrolment(user, "phone", ctx))
        enrolment = server.run(open_enrolment(user, ctx))
        self.generator = pyotp.parse_uri(enrolment.uri.reveal())
        changer = Changer(user.id)
        server.run(confirm_enrolment(Secret(self.code()), changer, user, ctx))
        self.sheet = server.run(
            make_codes(changer, server.store, chance=server.chance, now=server.clock.time)
        )
        server.clock.pass_seconds(30)  # the step of the first code is used

    def code(self):
        return self.generator.at(self.server.clock.time)
