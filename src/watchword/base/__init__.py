"""The ground floor: clock, chance, secrets, strict encodings, limits.

Owns everything that must exist exactly once: the only reader of the system clock and random
source, the only base64url and JSON readers for foreign text, the only comparison of secrets.
Implements RFC 4648 section 5 and RFC 8259 in their strict readings (RFC 7515 section 2, RFC 7493).
Leaves keys, tokens and protocols to the rooms above.
"""
