"""The authorization server without HTTP, as the tests of `oauth` have it."""

from tests.oauth.conftest import prepared_database, run, server

__all__ = ["prepared_database", "run", "server"]
