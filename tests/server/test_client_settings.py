"""Settings of clients that bring themselves. oauth.md C-6, D-2, D-6."""

import pytest

from watchword.server.errors import ConfigurationError
from watchword.server.settings import Settings

PUBLIC = "https://id.example"


@pytest.mark.parametrize(
    "said",
    [
        {"client_registration": "token"},
        {"client_registration": "open", "client_documents": "open"},
        {"client_documents": "listed", "client_document_hosts": ("claude.ai", "a.example:8443")},
        {"client_documents": "open", "client_documents_on_loopback": True},
    ],
)
def test_what_fits_together_starts(said):
    assert Settings(**said)


@pytest.mark.requirement("oauth:D-2:loopback-for-development")
@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"client_registration": "yes"}, "client_registration"),
        ({"client_documents": "on"}, "client_documents"),
        ({"client_documents": "listed"}, "client_document_hosts"),
        ({"client_document_hosts": ("claude.ai",)}, "client_document_hosts"),
        (
            {"client_documents": "open", "client_document_hosts": ("claude.ai",)},
            "client_document_hosts",
        ),
        (
            {"client_documents": "listed", "client_document_hosts": ("https://claude.ai",)},
            "client_document_hosts",
        ),
        ({"client_documents_on_loopback": True}, "client_documents_on_loopback"),
        (
            {"client_documents": "open", "client_documents_on_loopback": True, "url": PUBLIC},
            "client_documents_on_loopback",
        ),
    ],
)
def test_what_does_not_fit_stops_the_start(said, key):
    with pytest.raises(ConfigurationError) as refused:
        Settings(**said)
    assert refused.value.key == key
