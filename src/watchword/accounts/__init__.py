"""Who you are: users, credentials, sessions, one-time links.

Owns the canonical name, the one place where a credential is compared, the session's life.
Implements NIST SP 800-63B-4 (passwords), OWASP ASVS 5.0 V6 and V7; security.md group (b).
Leaves what a user may do to `access`, tokens to `oauth`, threads and cookies to `server`.
"""
