"""The `key_ops` of encryption: any one of several names allows an operation.

Source: RFC 7517 section 4.3; tokens.md J-6.
"""

from watchword.jose.errors import KeyMismatch

__all__ = ["permit_any"]


def permit_any(operations: frozenset[str] | None, sufficient: frozenset[str], purpose: str) -> None:
    """Refuse what the key's `key_ops` leaves out.

    Args:
        operations: the key's; None is not restricted.
        sufficient: the names of which one is enough.
        purpose: what is to be done, as a verb.

    Raises:
        KeyMismatch: none of them is there.
    """
    if operations is not None and not operations & sufficient:
        raise KeyMismatch(f"the key's key_ops does not allow to {purpose}", claim="key_ops")
