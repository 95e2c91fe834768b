"""E-mail addresses: what is one, and which spellings are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.accounts.mail.addresses import EmailAddress, MalformedAddress, parse_email


@pytest.mark.parametrize(
    ("typed", "written", "canonical"),
    [
        ("alice@example.com", "alice@example.com", "alice@example.com"),
        ("  Alice@Example.COM\n", "Alice@example.com", "alice@example.com"),
        ("a.b+tag@mail.example.org", "a.b+tag@mail.example.org", "a.b+tag@mail.example.org"),
        ("o'hara@example.com", "o'hara@example.com", "o'hara@example.com"),
        ("x@bücher.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("x@\uff25xample.com", "x@example.com", "x@example.com"),
    ],
)
def test_typed_address_has_one_canonical_spelling(typed, written, canonical):
    address = parse_email(typed)
    assert (address.canonical, address.written.lower()) == (canonical, written.lower())


def test_local_part_stays_as_it_is_written():
    assert parse_email("Alice.Liddell@example.com").written == "Alice.Liddell@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "@example.com",
        "alice@",
        "alice@localhost",
        "alice@example",
        "alice@10.0.0.1",
        "alice@[10.0.0.1]",
        "alice@example..com",
        "alice@-example.com",
        "alice@example-.com",
        ".alice@example.com",
        "alice.@example.com",
        "al..ice@example.com",
        "al ice@example.com",
        '"al ice"@example.com',
        "alice@bob@example.com",
        "alice,bob@example.com",
        "alice@example.com, bob@example.com",
        "alice@example.com\r\nBcc: bob@example.com",
        "alice\r\nBcc: bob@example.com",
        "Alice <alice@example.com>",
        "älice@example.com",
        "al\u0131ce@example.com",
        "alice@example.com\x00",
        "x" * 65 + "@example.com",
        "x@" + "y" * 64 + ".com",
        "x@" + ".".join(["y" * 60] * 5) + ".com",
        "x" * 10_000,
    ],
)
def test_anything_else_is_no_address(text):
    with pytest.raises(MalformedAddress):
        parse_email(text)


@pytest.mark.requirement("security:46:no-header-injection")
@given(st.text(max_size=40), st.sampled_from(["\r", "\n", "\0", " ", ",", "<", ">", ";", "\u2028"]))
def test_no_address_holds_what_ends_a_header(text, sign):
    """An address inside a header or an SMTP command can end neither."""
    for candidate in (f"a{sign}{text}@example.com", f"a@example.com{sign}{text}x"):
        with pytest.raises(MalformedAddress):
            EmailAddress(candidate)


def test_parsed_address_is_stable():
    address = parse_email("Alice@Bücher.example")
    assert parse_email(address.written) == address
    assert str(address) == address.written
