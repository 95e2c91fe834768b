"""Gets tokens and refreshes them, as an `Auth` of httpx2 and httpx.

Owns the pair of one login in one process, and that one refresh is in flight at a time.
Speaks the login API (oauth.md section 6) and RFC 6750 section 2.1.
Leaves connections, timeouts and TLS to the HTTP client that uses it.
"""

from watchword.client.errors import ClientError, LoginFailed, OriginRefused
from watchword.client.login import Login

__all__ = ["ClientError", "Login", "LoginFailed", "OriginRefused"]
