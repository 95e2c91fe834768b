"""Encrypted tokens (JWE): compact and JSON, by shared, public and agreed keys and by passwords.

Implements RFC 7516, RFC 7518 sections 4 and 5, and RFC 8037 section 3.2. What is decrypted was
encrypted by somebody who had the key, which for a public key is anybody: nothing here is called
verified, and what a JWT says is proved in `watchword.jose.jwt`.
"""
