"""Clients: what a registration may say, whoever makes it, and how it is read.

Owns the rules for client records (`client_rules`), which code, administrators, dynamic
registrations and client ID metadata documents all pass. Implements RFC 7591, RFC 7592 and
draft-ietf-oauth-client-id-metadata-document-02. Leaves fetching to `net`, and who a client is at
the token endpoint to `client_authentication`.
"""
