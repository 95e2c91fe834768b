import pytest

from watchword.accounts.person.export import Holding, document


@pytest.mark.requirement("users:U39:export-readable")
@pytest.mark.requirement("users:U39:export-says-where-it-was-cut")
def test_the_document_has_times_and_lists_that_a_person_can_read():
    holdings = [
        Holding(
            "sessions",
            ("sid", "auth_time", "created_at", "ended_at", "amr", "is_primary", "count"),
            (("sid_1", 1_700_000_000, 0, None, "pwd otp", 1, 3),),
        ),
        Holding("events", ("at", "detail"), ((1, '{"name": "laptop"}'),)),
        Holding("emails", ("written",), (), is_cut=True),
    ]
    assert document(holdings, issuer="https://id.example", now=1_800_000_000) == {
        "format": "watchword account export 1",
        "issuer": "https://id.example",
        "exported_at": "2027-01-15T08:00:00Z",
        "newest_only": ["emails"],
        "sessions": [
            {
                "sid": "sid_1",
                "auth_time": "2023-11-14T22:13:20Z",
                "created_at": "1970-01-01T00:00:00Z",
                "ended_at": None,
                "amr": ["pwd", "otp"],
                "is_primary": True,
                "count": 3,
            }
        ],
        "events": [{"at": "1970-01-01T00:00:01Z", "detail": {"name": "laptop"}}],
        "emails": [],
    }
