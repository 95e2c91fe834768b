from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.server.pages.way_back import way_back

HERE = "https://id.example"


@pytest.mark.parametrize("path", ["/", "/account", "/a/b?c=d&e=%2F", "/#token", "/..//evil"])
def test_a_path_of_this_server_is_where_the_person_goes(path):
    assert way_back(path, otherwise="/") == path


@pytest.mark.requirement("users-pages:next-stays-on-this-origin")
@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "account",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/a\\b",
        "/a b",
        "/\u00e4",
        "/" + "a" * 1025,
    ],
)
def test_what_could_leave_this_server_leads_to_the_start_page(path):
    """RFC 9700 section 4.11; WHATWG URL section 4.4: tabs and line breaks are dropped."""
    assert way_back(path, otherwise="/") == "/"


@given(st.text(alphabet="/\\.:@?#%ae\t\n\r %2F", max_size=12))
def test_no_text_leads_to_another_origin(text):
    led = way_back(text, otherwise="/")
    as_browser = led.replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/")
    assert urlsplit(urljoin(HERE, as_browser)).netloc == "id.example"
