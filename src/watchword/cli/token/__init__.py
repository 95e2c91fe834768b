"""`watchword token`: sign, verify and explain JSON Web Tokens.

Owns their options and how an explanation is laid out. Runs with the bare core installed.
Leaves tokens, keys and verdicts to `jose`.
"""
