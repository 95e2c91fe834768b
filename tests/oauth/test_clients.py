"""Which client a request names."""

import pytest

from watchword.oauth.clients import Client, Resource, identify_client
from watchword.oauth.errors import InvalidClient, InvalidRequest


def test_named_client_is_found(server):
    assert server.run(identify_client(server.store, "app")).client_id == "app"


@pytest.mark.requirement("oauth:L-4:default-client")
def test_request_without_client_id_means_the_default_client(server):
    """oauth.md L-4; ARCHITECTURE section 6."""
    assert server.run(identify_client(server.store, None)).client_id == "web"


def test_missing_client_id_is_named_where_there_is_no_default(server):
    web = Client("web", "Web", is_first_party=True, is_default=False, scopes=None)
    server.run(server.store.register_client(web))
    with pytest.raises(InvalidRequest, match="client_id is missing"):
        server.run(identify_client(server.store, None))


@pytest.mark.parametrize("client_id", ["nobody", "WEB", "web ", "w\x00eb", "wéb", "w" * 257])
def test_unknown_client_is_refused_whatever_its_characters(server, client_id):
    with pytest.raises(InvalidClient) as refused:
        server.run(identify_client(server.store, client_id))
    assert client_id not in str(refused.value)


def test_resource_knows_its_scopes_without_their_texts():
    resource = Resource("notes", (("a", "A"), ("b", "B")), is_default=False)
    assert resource.scope_names == frozenset({"a", "b"})
