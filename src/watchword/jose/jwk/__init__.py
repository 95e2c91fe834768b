"""Keys as values: parsed once, checked, bound to exactly one algorithm.

Implements RFC 7517 (without certificate chains), RFC 7518 section 6, RFC 7638, RFC 8037 section 2,
RFC 9278 and the keys of RFC 9964. One record a key type knows no algorithm; the bases bind it to a
row. Private parts leave a key only where the caller writes `private=True`. Computing is left to
`algorithms` and `jwe`, fetching and rotation to other rooms.
"""
