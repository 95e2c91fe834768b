"""The management API and what the admin pages share with it: who may administer what.

FastAPI and the mapped record of the policy are imported with this package, at the first request
that needs them.

Source: ARCHITECTURE section 2; security.md rules 95 and 96.
"""
