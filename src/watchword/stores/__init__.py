"""The rooms' rows: one schema, one set of verbs, two databases.

Owns the schema, its migrations, the group-commit writer of SQLite and the pool of PostgreSQL.
Implements the store protocols of `keys`, `accounts` and `oauth`; ARCHITECTURE section 3.
Leaves every decision that is not a WHERE to the rooms that ask.
"""
