import pytest
from tests.net.library import OLD, Library, published


@pytest.fixture
def library() -> Library:
    """An issuer in memory that publishes one key."""
    return Library(**{"https://id.example.com/jwks": published(OLD)})
