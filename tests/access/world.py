"""Random worlds for the independent evaluator: folders, notes, readers, tags and shares, as plain
dictionaries and as rows; and random rules about them, as specifications.

Foreign keys are absent, dangling or right; texts differ in case, normalization and quoting only.
"""

from dataclasses import dataclass
from random import Random

from sqlalchemy import Connection, delete, insert
from tests.access.library import Folder, Note, Reader, ShareRow, Tag, tagged

TEXTS = ("bo", "Bo", "o'brien", "100%", "a_b", "axb", "e\u0301", "\u00e9", "\U0001f600", "1", "")
NUMBERS = (-1, 0, 1, 2, 2**31 - 1)
TIMES = (None, 5, 10, 20)
ROLES = ("admin", "user")
TENANTS = (None, "acme")


@dataclass(frozen=True)
class World:
    """What there is. `notes` hold their folder, readers and tags themselves."""

    folders: list[dict]
    notes: list[dict]
    readers: list[dict]
    tags: list[dict]
    pairs: set
    shares: list[dict]


def world(chance: Random, count: int = 16) -> World:
    def some(values, absent=0.2):
        return None if chance.random() < absent else chance.choice(values)

    folders = []
    for key in range(1, 7):
        above = some(folders) if folders else None
        folders.append(
            {"id": key, "owner": some(TEXTS), "level": some(NUMBERS), "parent": above}
            | {"parent_id": above["id"] if above else some([98, 99])}
        )
    tags = [{"id": text, "colour": some(TEXTS)} for text in TEXTS[:5]]
    notes, readers, pairs = [], [], set()
    for key in range(1, count + 1):
        folder, other = some(folders), some(folders)
        mine = [
            {"id": len(readers) + n, "note_id": key, "who": some(TEXTS), "folder": some(folders)}
            for n in range(chance.choice((0, 0, 1, 2, 3)))
        ]
        readers += mine
        chosen = chance.sample(tags, chance.choice((0, 0, 1, 2)))
        pairs |= {(key, tag["id"]) for tag in chosen}
        notes.append(
            {"id": key, "owner": some(TEXTS), "level": some(NUMBERS)}
            | {"folder": folder, "folder_id": folder["id"] if folder else some([99])}
            | {"other": other, "other_id": other["id"] if other else None}
            | {"readers": mine, "tags": chosen}
        )
    keys = {"note": [n["id"] for n in notes], "folder": range(1, 7), "tag": TEXTS[:5]}
    shares = [_share(chance, keys) for _ in range(60)]
    return World(folders, notes, readers, tags, pairs, shares)


def _share(chance: Random, keys: dict) -> dict:
    resource, by_role = chance.choice(sorted(keys)), chance.random() < 0.3
    return {
        "resource_type": resource,
        "resource_id": str(chance.choice(keys[resource])),
        "relation": chance.choice(("editor", "viewer")),
        "subject_id": None if by_role else chance.choice(TEXTS[:-1]),
        "role": chance.choice(ROLES) if by_role else None,
        "expires_at": chance.choice(TIMES),
        "tenant": chance.choice(TENANTS),
    }


def store(connection: Connection, drawn: World) -> None:
    """Make the tables hold this world and nothing else."""

    def rows(model, items, *names):
        table = getattr(model, "__table__", model)
        connection.execute(delete(table))
        if items:
            connection.execute(insert(table), [{n: each[n] for n in names} for each in items])

    rows(Folder, drawn.folders, "id", "owner", "level", "parent_id")
    rows(Tag, drawn.tags, "id", "colour")
    rows(Note, drawn.notes, "id", "owner", "level", "folder_id", "other_id")
    readers = [
        each | {"folder_id": each["folder"]["id"] if each["folder"] else None}
        for each in drawn.readers
    ]
    rows(Reader, readers, "id", "note_id", "who", "folder_id")
    pairs = [{"note_id": note, "tag_id": tag} for note, tag in sorted(drawn.pairs)]
    rows(tagged, pairs, "note_id", "tag_id")
    shares = [{"id": n} | share for n, share in enumerate(drawn.shares)]
    rows(ShareRow, shares, *(shares[0]))


def person(chance: Random) -> dict:
    def some(values):
        return None if chance.random() < 0.2 else chance.choice(values)

    return {
        "id": chance.choice(TEXTS[:-1]),
        "team": some(TEXTS),
        "rank": some(NUMBERS),
        "groups": frozenset(t for t in TEXTS if chance.random() < 0.3),
        "levels": frozenset(n for n in NUMBERS if chance.random() < 0.3),
        "roles": frozenset(r for r in ROLES if chance.random() < 0.4),
        "tenant": chance.choice(TENANTS),
        "now": chance.choice((None, 4, 5, 10, 30)),
    }


def rule(chance: Random, leaves: int = 5) -> tuple:
    """Draw a specification of at most so many leaves."""
    if leaves == 1 or chance.random() < 0.25:
        return _leaf(chance)
    word = chance.choice(("and", "or", "not"))
    if word == "not":
        return ("not", rule(chance, leaves))
    left = chance.randint(1, leaves - 1)
    return (word, rule(chance, left), rule(chance, leaves - left))


TEXT_PATHS = (
    ("owner",),
    ("folder", "owner"),
    ("other", "owner"),
    ("folder", "parent", "owner"),
    ("folder", "parent", "parent", "owner"),
)
NUMBER_PATHS = (
    *(("level",), ("folder", "level"), ("other", "level"), ("folder", "parent", "level")),
    *(("id",), ("folder_id",), ("folder", "parent_id"), ("other", "id")),
)
TEXT_POOLS = (
    *(("readers", "who"), ("readers", "folder", "owner"), ("tags", "colour"), ("tags", "id")),
    ("readers", "folder", "parent", "owner"),
)
NUMBER_POOLS = (("readers", "folder", "level"), ("readers", "id"))
PARENTS = (("folder",), ("other",), ("folder", "parent"))
SHARED = ((), ("folder",), ("folder", "parent"), ("other",), ("tags",), ("readers", "folder"))


def _leaf(chance: Random) -> tuple:  # noqa: PLR0911 - one case a form
    if chance.random() < 0.15:
        return ("shared", chance.choice(SHARED), chance.choice(("editor", "viewer")))
    if chance.random() < 0.1:
        return ("absent", chance.choice(PARENTS))
    words = chance.random() < 0.6
    paths, pools, constants = (
        (TEXT_PATHS, TEXT_POOLS, TEXTS) if words else (NUMBER_PATHS, NUMBER_POOLS, NUMBERS)
    )
    mine = ("me", chance.choice(("id", "team") if words else ("rank",)))
    held = ("me", "groups" if words else "levels")
    path, pool = ("path", chance.choice(paths)), ("path", chance.choice(pools))
    value = ("value", chance.choice(constants))
    listed = ("value", frozenset(chance.sample((*constants, None), chance.choice((0, 1, 2, 3)))))
    other = chance.choice((("path", chance.choice(paths)), mine, value))
    op = chance.choice(("==", "!=", "<", "<=", ">", ">=", "in", "has", "has", "meets"))
    if op in {"==", "!="}:
        return (op, path, chance.choice((other, ("value", None))))
    if op == "in":
        return (chance.choice(("in", "not in")), path, chance.choice((held, pool, listed)))
    if op == "has":
        return (op, pool, chance.choice((other, ("value", None))))
    if op == "meets":
        return (op, pool, chance.choice((held, ("path", chance.choice(pools)), listed)))
    return (op, *chance.choice(((path, other), (mine, path))))
