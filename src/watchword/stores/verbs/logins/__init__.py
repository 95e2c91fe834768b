"""Verbs about logins: under way, in a session, on a device."""
