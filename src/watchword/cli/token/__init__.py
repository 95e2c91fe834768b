"""`watchword token`: make keys and tokens; verify, decrypt, inspect and explain them.

Owns their options, which files keys come from and go to, and how an explanation is laid out. Runs
with the bare core installed; only fetching a JWKS asks for the client's libraries.
Leaves tokens, keys and verdicts to `jose`.
"""
