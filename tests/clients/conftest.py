"""One server for all programs."""

from collections.abc import Iterator

import pytest
from tests.clients.provider import Person, Provider, provider_in


@pytest.fixture(scope="session")
def provider(tmp_path_factory) -> Iterator[Provider]:
    with provider_in(tmp_path_factory.mktemp("provider")) as made:
        yield made


@pytest.fixture
def person(provider) -> Iterator[Person]:
    with provider.person() as made:
        yield made
