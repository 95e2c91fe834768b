"""The file of each family: where the two operations of an algorithm are.

Source: RFC 7518 section 3.1; RFC 8812; RFC 8037; RFC 9964.
"""

from watchword.jose.algorithms.operations import Operations
from watchword.jose.algorithms.table import Algorithm, Family

__all__ = ["operations"]


def operations(row: Algorithm) -> Operations:
    """Import the module of a row's family: cryptography is loaded for the first key needing it."""
    match row.family:
        case Family.RSA | Family.RSA_PSS:
            from watchword.jose.algorithms import rsa  # noqa: PLC0415 - import budget

            return rsa
        case Family.ECDSA if row.curves == ("secp256k1",):
            from watchword.jose.algorithms import es256k  # noqa: PLC0415 - import budget

            return es256k
        case Family.ECDSA:
            from watchword.jose.algorithms import ecdsa  # noqa: PLC0415 - import budget

            return ecdsa
        case Family.EDDSA:
            from watchword.jose.algorithms import eddsa  # noqa: PLC0415 - import budget

            return eddsa
        case _:
            from watchword.jose.algorithms import mldsa  # noqa: PLC0415 - import budget

            return mldsa
