"""Protection of other people's APIs: who calls, whether they still may, and the answer when not.

Owns the way from an Authorization header to a subject, the refusals of RFC 6750 and RFC 9457, and
one module a framework. Implements security.md group (d), access.md sections 8 and 10, users.md 8.
Leaves verification to `jose`, fetching keys to `net`, rules to `access`. Nothing is imported here:
`watchword.guards.fastapi` needs FastAPI, the rest does not.
"""
