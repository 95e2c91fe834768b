import pytest

from watchword.jose.uri import MalformedURI, normalised

EQUAL = {
    "https://a.example": "https://a.example/",
    "https://a.example/": "https://a.example/",
    "HTTPS://A.Example/P": "https://a.example/P",
    "https://a.example:443/p": "https://a.example/p",
    "https://a.example:/p": "https://a.example/p",
    "http://a.example:80/p": "http://a.example/p",
    "http://a.example:443/p": "http://a.example:443/p",
    "https://a.example:8443/p": "https://a.example:8443/p",
    "https://a.example/p?q=1": "https://a.example/p",
    "https://a.example/p#f": "https://a.example/p",
    "https://a.example/p?q#f?#": "https://a.example/p",
    "https://a.example?q": "https://a.example/",
    "https://a.example/%7Euser": "https://a.example/~user",
    "https://a.example/%7euser": "https://a.example/~user",
    "https://a.example/%2fa%c3%a9": "https://a.example/%2Fa%C3%A9",
    "https://a.example/a/./b": "https://a.example/a/b",
    "https://a.example/a/../b": "https://a.example/b",
    "https://a.example/a/%2E%2e/b": "https://a.example/b",
    "https://a.example/../../b": "https://a.example/b",
    "https://a.example/a/b/..": "https://a.example/a/",
    "https://a.example/a/.": "https://a.example/a/",
    "https://a.example/..": "https://a.example/",
    "https://a.example/a//b": "https://a.example/a//b",
    "https://a.example/a/": "https://a.example/a/",
    "https://%61.example/": "https://a.example/",
    "https://[2001:DB8::1]:443/": "https://[2001:db8::1]/",
}
MALFORMED = [
    *("", "a.example", "/p", "//a.example/p", "ftp://a.example/", "https:/a.example", "https://"),
    *("https:///p", "https://:443/", "https://u@a.example/", "https://u:p@a.example/"),
    *("https://a.example:x/", "https://a.example:1:2/", "https://[::1/", "https://a]b/"),
    *("https://a.example/%", "https://a.example/%4", "https://a.example/%zz", "https://%/"),
    *("https://a.example/%+1", "https://a.example/% 1", "https://a.example/%4\n"),
    *(
        "https://a.example/a b",
        "https://a.example/\n",
        "https://a.example/\0",
        " https://a.example",
    ),
    *("https://ä.example/", "https://a.example/ä", "https://a.example/\u2028", "https://a\u3002b/"),
    "https://a.example/" + "a" * 8_192,
    *(None, 1, b"https://a.example/", ["https://a.example/"]),
]


@pytest.mark.requirement("rfc9449:4.3:htu")
@pytest.mark.parametrize(("uri", "normal"), EQUAL.items())
def test_equivalent_uris_have_one_spelling(uri, normal):
    """RFC 3986 sections 6.2.2 and 6.2.3."""
    assert normalised(uri) == normal
    assert normalised(normal) == normal


@pytest.mark.parametrize("uri", MALFORMED, ids=lambda uri: repr(uri)[:40])
def test_what_is_no_http_uri_is_malformed(uri):
    with pytest.raises(MalformedURI):
        normalised(uri)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/p", "http://a.example/p"),
        ("https://a.example/p", "https://b.example/p"),
        ("https://a.example/p", "https://a.example:8443/p"),
        ("https://a.example/p", "https://a.example/P"),
        ("https://a.example/p", "https://a.example/p/"),
        ("https://a.example/a/b", "https://a.example/a%2Fb"),
        ("https://a.example/a", "https://a.example./a"),
    ],
)
def test_other_uris_have_another_spelling(one, other):
    assert normalised(one) != normalised(other)


def test_a_uri_has_a_length():
    longest = "https://a.example/".ljust(8_192, "a")
    assert normalised(longest) == longest
    with pytest.raises(MalformedURI):
        normalised(longest + "a")
