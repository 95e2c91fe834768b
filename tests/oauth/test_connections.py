from watchword.accounts.origin import NOWHERE
from watchword.oauth.connections import ConnectedFamily, by_client


def family(client_id, used_at, *scopes):
    return ConnectedFamily(
        family_id=f"fam_{used_at}",
        client_id=client_id,
        client_name=client_id.title(),
        is_first_party=False,
        sid="sid_1",
        granted={"notes": scopes},
        created_at=0,
        used_at=used_at,
        origin=NOWHERE,
        expires_at=100,
    )


def test_families_are_told_by_application_the_last_used_first():
    """users.md U39."""
    web, cli = by_client(
        [
            family("web", 9, "notes:read"),
            family("cli", 8, "notes:read"),
            family("web", 7, "notes:write", "notes:read"),
        ]
    )
    assert (web.client_id, web.name, web.used_at) == ("web", "Web", 9)
    assert web.scopes == (("notes", "notes:read"), ("notes", "notes:write"))
    assert [one.family_id for one in web.families] == ["fam_9", "fam_7"]
    assert web.families[1].scopes == {"notes:write", "notes:read"}
    assert (cli.client_id, len(cli.families)) == ("cli", 1)
    assert by_client([]) == ()
