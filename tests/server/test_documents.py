"""Documents with a validator.

Source: RFC 9110 section 13.1.2.
"""

import pytest
from starlette.requests import Request

from watchword.server.documents import answer, document


def answered(found, **headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": "GET", "headers": raw})
    return answer(request, found, media_type="application/json")


def test_document_is_compact_json_in_its_order():
    assert document({"b": 1, "a": ["é"]}).body == '{"b":1,"a":["é"]}'.encode()


def test_same_content_has_the_same_validator():
    assert document({"a": 1}).etag == document({"a": 1}).etag != document({"a": 2}).etag


def test_reader_without_it_gets_the_document_and_may_keep_it():
    response = answered(document({"a": 1}))
    assert response.status_code == 200
    assert response.headers["cache-control"] == "public, max-age=300"
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_reader_who_has_it_gets_304(form):
    found = document({"a": 1})
    response = answered(found, if_none_match=form.format(found.etag))
    assert response.status_code == 304
    assert response.body == b""
    assert response.headers["etag"] == found.etag


def test_reader_with_an_older_one_gets_the_document():
    assert answered(document({"a": 1}), if_none_match='"older"').status_code == 200
