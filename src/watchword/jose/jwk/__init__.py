"""Keys as values: parsed once, checked, bound to exactly one algorithm.

Implements RFC 7517 (without certificates and encryption), RFC 7638 and RFC 9278. Private parts
leave a key only where the caller writes `private=True`. Computing is left to `algorithms`,
fetching and rotation to other rooms.
"""
