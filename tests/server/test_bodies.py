"""Bodies are read strictly."""

import asyncio

import pytest
from starlette.requests import Request

from watchword.server.bodies import LIMITS, BodyLimits, read_form, read_json
from watchword.server.errors import (
    BodyTimedOut,
    BodyTooLarge,
    ContentTypeRefused,
    MalformedBody,
)


def request_of(*chunks, content_type="application/json", limits=None, headers=()):
    messages = [
        {"type": "http.request", "body": chunk, "more_body": i < len(chunks) - 1}
        for i, chunk in enumerate(chunks)
    ]

    async def receive():
        if not messages:
            await asyncio.Event().wait()
        return messages.pop(0)

    raw = [(b"content-type", content_type.encode())] if content_type else []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [*raw, *headers],
        LIMITS: limits or BodyLimits(1024, 5),
    }
    return Request(scope, receive)


def json_of(*chunks, **how):
    return asyncio.run(read_json(request_of(*chunks, **how)))


def form_of(*chunks, **how):
    how.setdefault("content_type", "application/x-www-form-urlencoded")
    return asyncio.run(read_form(request_of(*chunks, **how)))


def test_json_object_in_pieces_is_read():
    assert json_of(b'{"a"', b": 1}") == {"a": 1}
    assert json_of(b"{}", content_type="Application/JSON; charset=utf-8") == {}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "the body is not a JSON object"),
        (b'"text"', "the body is not a JSON object"),
        (b"null", "the body is not a JSON object"),
        (b'{"a":1,"a":2}', "names a member twice"),
        (b'{"a":NaN}', "NaN"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b"[" * 40, "nested deeper"),
        (b"{} {}", "not JSON"),
    ],
)
def test_malformed_json_names_its_fault(body, text):
    """oauth.md E-4; RFC 8259."""
    with pytest.raises(MalformedBody, match=text):
        json_of(body)


@pytest.mark.requirement("server:E-4:content-type")
@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
)
def test_other_type_is_refused(content_type):
    """oauth.md L-1: a form at /login is 415."""
    with pytest.raises(ContentTypeRefused, match="the body must be application/json"):
        json_of(b"{}", content_type=content_type)
    with pytest.raises(ContentTypeRefused):
        form_of(b"a=b", content_type="multipart/form-data")


def test_two_content_types_are_refused():
    with pytest.raises(MalformedBody, match="two Content-Type headers"):
        json_of(b"{}", headers=[(b"content-type", b"application/json")])


@pytest.mark.requirement("server:E-4:body-limit")
@pytest.mark.parametrize("headers", [(), [(b"content-length", b"2")], [(b"content-length", b"x")]])
def test_large_body_is_refused_whatever_length_it_announces(headers):
    """oauth.md E-4; security.md rule 104."""
    with pytest.raises(BodyTooLarge, match="larger than 16 bytes"):
        json_of(b"{" + b" " * 8, b" " * 8 + b"}", limits=BodyLimits(16, 5), headers=headers)


def test_large_announcement_is_refused_before_anything_is_read():
    length = [(b"content-length", b"9" * 5000)]
    with pytest.raises(BodyTooLarge):
        json_of(limits=BodyLimits(16, 5), headers=length)


@pytest.mark.requirement("server:104:slow-body")
def test_body_that_stops_arriving_times_out():
    """security.md section 3.5."""

    async def scene():
        request = request_of(b"{", b"never", limits=BodyLimits(1024, 0.01))
        request._receive = asyncio.Event().wait
        with pytest.raises(BodyTimedOut) as refused:
            await read_json(request)
        assert dict(refused.value.headers)["connection"] == "close"

    asyncio.run(scene())


def test_form_is_read_and_empty_values_are_absent():
    """RFC 6749 section 3.2."""
    assert form_of(b"a=1&b=&c=%C3%A9+x") == {"a": "1", "c": "é x"}
    assert form_of(b"") == {}
    with pytest.raises(MalformedBody, match="NUL"):
        form_of(b"a=%00")


@pytest.mark.requirement("server:67:repeated-parameter")
@pytest.mark.parametrize("body", [b"a=1&a=1", b"a=1&a=", b"a=&a="])
def test_repeated_parameter_is_refused(body):
    """security.md rule 67; RFC 6749 section 3.2."""
    with pytest.raises(MalformedBody, match="a parameter is repeated"):
        form_of(body)
    with pytest.raises(MalformedBody, match="the parameter grant_type is repeated"):
        form_of(b"grant_type=a&grant_type=b")


@pytest.mark.parametrize(
    "body",
    [
        b"a",
        b"a=1&",
        b"a=%FF",
        b"a=\xc3\xa9",
        b"&".join(b"a%d=1" % i for i in range(65)),
        b"a" * 129 + b"=1",
    ],
)
def test_malformed_form_is_refused(body):
    with pytest.raises(MalformedBody):
        form_of(body)
