"""Where the management API is, and what its tokens may be asked for.

Source: oauth.md M-3 (scopes of administrators are listed nowhere); security.md rule 83.
"""

__all__ = ["ADMIN_READ", "ADMIN_WRITE", "MANAGEMENT", "SCOPES"]

MANAGEMENT = "/admin/api/v1"  # below the issuer; with it, the `aud` of its tokens
ADMIN_READ = "admin:read"
ADMIN_WRITE = "admin:write"
SCOPES = (
    (ADMIN_READ, "See all users, roles, shares, applications and what was changed"),
    (ADMIN_WRITE, "Change users, roles, shares and applications"),
)
