"""The verbs: each one transaction, written once for both databases.

Owns the statements and what follows from their rows; one file a concern, as the tables have them.
Implements oauth.md sections 4 and 5 and the protocols of `keys`, `accounts` and `oauth`.
Leaves threads, sockets and transactions to the drivers, secrets and hashing to the rooms below.
"""
