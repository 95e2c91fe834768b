"""The spellings of bytes that hashes of other systems use, and nothing near them."""

import pytest

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign.format import adapted_base64, hex_bytes


def test_each_spelling_is_read():
    assert adapted_base64("....") == b"\xfb\xef\xbe"
    assert hex_bytes("00ff") == b"\x00\xff"


@pytest.mark.parametrize("text", ["a+bc", "ab==", "a"])
def test_another_base64_is_not_passlibs(text):
    with pytest.raises(HashNotTaken):
        adapted_base64(text)


@pytest.mark.parametrize("text", ["zz", "0", "00FF", "00 ff"])
def test_what_is_no_lower_case_hexadecimal_is_refused(text):
    with pytest.raises(HashNotTaken):
        hex_bytes(text)
