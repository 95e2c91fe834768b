"""Where the management API is, what its tokens may be asked for, and what is administered.

Source: oauth.md M-3 (scopes of administrators are listed nowhere); security.md rule 83.
"""

from typing import Literal, TypeAlias

from watchword.accounts.acting import AUDITOR

__all__ = ["ADMIN_READ", "ADMIN_WRITE", "AUDITOR", "MANAGEMENT", "SCOPES", "Action", "Thing"]

Action: TypeAlias = Literal["read", "create", "update", "delete"]
Thing: TypeAlias = Literal[
    "user", "role", "share", "session", "client", "audit", "policy", "key", "setting",
    "secret", "link", "factor", "acting",
]  # fmt: skip

MANAGEMENT = "/admin/api/v1"  # below the issuer; with it, the `aud` of its tokens
ADMIN_READ = "admin:read"
ADMIN_WRITE = "admin:write"
SCOPES = (
    (ADMIN_READ, "See all users, roles, shares, applications and what was changed"),
    (ADMIN_WRITE, "Change users, roles, shares, applications, secrets and signing keys"),
)
