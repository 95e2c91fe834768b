"""Limits: what anything from outside may cost before it is trusted.

Each is a constant with its unit in its name. Source: tokens.md section 4; security.md rule 15.
"""

__all__ = [
    "DATE_MAX",
    "HEADER_BYTES_MAX",
    "HEADER_MEMBERS_MAX",
    "INFLATED_BYTES_MAX",
    "JSON_DEPTH_MAX",
    "JWE_AAD_BYTES_MAX",
    "JWE_BYTES_MAX",
    "JWE_CIPHERTEXT_BYTES_MAX",
    "JWE_JSON_BYTES_MAX",
    "JWK_BYTES_MAX",
    "JWS_DETACHED_BYTES_MAX",
    "JWS_DOCUMENT_BYTES_MAX",
    "JWS_SIGNATURES_MAX",
    "KEYS_MAX",
    "KEY_FILE_BYTES_MAX",
    "KID_CHARACTERS_MAX",
    "RECIPIENTS_MAX",
    "SECRET_BYTES_MAX",
    "TOKEN_BYTES_MAX",
]

TOKEN_BYTES_MAX = 16 * 1024  # twice what common servers accept as one header line
HEADER_BYTES_MAX = (
    4 * 1024
)  # decoded; a certificate chain, which is never read, is the usual excess
HEADER_MEMBERS_MAX = 64
JSON_DEPTH_MAX = 32  # brackets inside brackets; claims rarely pass 4
KID_CHARACTERS_MAX = 256
KEYS_MAX = 50  # in one set
JWK_BYTES_MAX = 64 * 1024  # one key or one set as JSON
# JSON form, payload included: read whole and strictly, which may take 25 times as much memory.
JWS_DOCUMENT_BYTES_MAX = 256 * 1024
JWS_DETACHED_BYTES_MAX = 16 * 1024 * 1024  # hashed and not parsed; encoding takes a third on top
JWS_SIGNATURES_MAX = 16  # of one document; sixteen checks of ES256 cost a millisecond
KEY_FILE_BYTES_MAX = 64 * 1024  # PEM or DER; a 16,384-bit RSA private key takes 13 KiB
SECRET_BYTES_MAX = 64 * 1024  # as a key file, so that one is named as what it is
DATE_MAX = 253_402_300_799  # 9999-12-31T23:59:59Z: later instants have no calendar date
JWE_CIPHERTEXT_BYTES_MAX = 256 * 1024  # decoded
JWE_BYTES_MAX = (
    360 * 1024
)  # compact: the ciphertext in base64url, and all other parts at their most
JWE_JSON_BYTES_MAX = 512 * 1024  # the JSON form, which may carry recipients and other data
JWE_AAD_BYTES_MAX = 64 * 1024  # decoded; hashed with every content, and rarely more than a header
RECIPIENTS_MAX = 10  # of one JWE in JSON form; each may cost a private operation
INFLATED_BYTES_MAX = 250_000  # of compressed content; DEFLATE grows a thousandfold
