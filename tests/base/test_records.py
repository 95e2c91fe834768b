"""Records: everything that the standard library's decorator gives, only later."""

import copy
import dataclasses
import inspect
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Generic, TypeVar

import pytest

from watchword.base import records
from watchword.base.records import dataclass

V = TypeVar("V")
METHODS = ("__init__", "__repr__", "__eq__", "__hash__")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values."""

    left: int
    right: list[int] = dataclasses.field(default_factory=list, repr=False, compare=False)
    made: int = dataclasses.field(default=7, init=False)

    @property
    def total(self) -> int:
        return self.left + sum(self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One value, by name, that is checked."""

    name: str = "ada"

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("no name")


def fresh(**options):
    """Declare a record whose methods nobody has used yet."""

    @dataclass(frozen=True, slots=True, **options)
    class Fresh:
        """A record."""

        one: int
        two: str = "b"

    return Fresh


def unwritten(record):
    return {name for name in METHODS if isinstance(vars(record).get(name), records._Later)}


def test_methods_are_written_at_their_first_use():
    record = fresh()
    assert unwritten(record) == set(METHODS)
    made = record(1)
    assert unwritten(record) == {"__repr__", "__eq__", "__hash__"}
    assert made == record(1)
    assert made != record(2)
    assert {made: "found"}[record(one=1, two="b")] == "found"
    assert repr(made).endswith("Fresh(one=1, two='b')")
    assert unwritten(record) == set()


def test_a_record_is_what_the_standard_library_makes():
    theirs = dataclasses.dataclass(frozen=True, slots=True)(
        type("Fresh", (), {"__annotations__": {"one": int, "two": str}, "two": "b"})
    )
    ours = fresh()
    assert inspect.signature(ours) == inspect.signature(theirs)
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__
    assert [each.name for each in dataclasses.fields(ours)] == ["one", "two"]
    of_theirs, of_ours = theirs.__dataclass_params__, ours.__dataclass_params__
    for name in ("init", "repr", "eq", "order", "unsafe_hash", "frozen"):
        assert getattr(of_ours, name) == getattr(of_theirs, name), name


def test_fields_keep_what_they_were_declared_with():
    pair = Pair(1)
    assert (pair.right, pair.made, pair.total) == ([], 7, 1)
    assert Pair(1, [2]).right == [2]
    assert pair.right is not Pair(1).right
    assert repr(pair) == "Pair(left=1, made=7)"
    assert pair == Pair(1, [2])
    assert hash(pair) == hash(Pair(1, [2]))
    assert dataclasses.replace(pair, left=4).left == 4
    with pytest.raises(TypeError):
        Pair(1, made=8)


def test_a_record_does_not_change():
    pair = Pair(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="assign to field 'left'"):
        pair.left = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="delete field 'left'"):
        del pair.left
    with pytest.raises(dataclasses.FrozenInstanceError):
        pair.other = 2


def test_a_record_is_copied_and_pickled():
    pair = Pair(1, [2])
    for other in (copy.copy(pair), copy.deepcopy(pair), pickle.loads(pickle.dumps(pair))):
        assert (other.left, other.right, other.made) == (1, [2], 7)


def test_what_is_checked_after_the_start_is_checked():
    assert Named().name == "ada"
    with pytest.raises(ValueError, match="no name"):
        Named(name="")
    with pytest.raises(TypeError):
        Named("ada")


def test_what_only_the_check_takes_is_no_field():
    @dataclass(frozen=True, slots=True)
    class Checked:
        """One value that its maker vouches for."""

        KINDS: ClassVar[int] = 2
        value: int
        maker: dataclasses.InitVar[str]

        def __post_init__(self, maker: str) -> None:
            if maker != "us":
                raise TypeError("another made it")

    assert [each.name for each in dataclasses.fields(Checked)] == ["value"]
    assert unwritten(Checked) == set(METHODS)
    assert repr(Checked(1, "us")).endswith("Checked(value=1)")
    assert Checked(1, "us") == Checked(1, maker="us")
    assert Checked.KINDS == 2
    with pytest.raises(TypeError, match="another made it"):
        Checked(1, "them")
    with pytest.raises(ValueError, match="maker"):
        dataclasses.replace(Checked(1, "us"), value=2)


def test_a_record_says_not_how_it_is_changed():
    with pytest.raises(TypeError, match="__setattr__"):

        @dataclass(frozen=True, slots=True)
        class Open:
            """It would let everything pass."""

            one: int

            def __setattr__(self, name: str, value: object) -> None: ...


def test_threads_that_come_at_once_use_the_same_record():
    record, start = fresh(), threading.Barrier(4)

    def use() -> tuple[object, int, str]:
        start.wait()
        return record(1) == record(1), hash(record(1)), repr(record(1))

    with ThreadPoolExecutor(4) as pool:
        used = {each.result() for each in [pool.submit(use) for _ in range(4)]}
    assert used == {(True, hash((1, "b")), repr(record(1)))}


def test_a_record_matches_by_position():
    match Pair(3, [4]):
        case Pair(left, right):
            assert (left, right) == (3, [4])


def test_options_leave_methods_out():
    nameless = fresh(repr=False)
    assert repr(nameless(1)).startswith("<")
    own = fresh(eq=False)
    assert own(1) != own(1)
    assert len({own(1), own(1)}) == 2


def test_a_generic_record_names_its_kind():
    @dataclass(frozen=True, slots=True)
    class Box(Generic[V]):
        """One value."""

        value: V

    assert Box[int](1) == Box(1)


def test_a_method_of_its_own_stays():
    @dataclass(frozen=True, slots=True)
    class Hidden:
        """A secret."""

        text: str

        def __repr__(self) -> str:
            return "Hidden(...)"

    assert repr(Hidden("open")) == "Hidden(...)"


def test_a_derived_record_has_the_fields_of_both():
    base = fresh()

    @dataclass(frozen=True, slots=True)
    class Derived(base):
        """One more."""

        three: int = 3

    assert dataclasses.astuple(Derived(1)) == (1, "b", 3)
    assert Derived(1) != base(1)


@pytest.mark.parametrize(
    "options", [{"slots": True}, {"frozen": True}, {"frozen": True, "slots": True, "order": True}]
)
def test_any_other_dataclass_is_the_standard_library_s(options):
    @dataclass(**options)
    class Other:
        """No record, or one that has an order."""

        one: int

    assert unwritten(Other) == set()
    assert Other(1) == Other(1)


def test_a_comparison_of_its_own_is_kept():
    @dataclass(frozen=True, slots=True)
    class Same:
        """All are equal."""

        one: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Same)

        def __hash__(self) -> int:
            return 1

    assert Same(1) == Same(2)
    assert len({Same(1), Same(2)}) == 1
