"""What ``frozen`` makes is what ``dataclass(frozen=True, slots=True)`` makes."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from tlswhy.frozen import frozen


@frozen
class Point:
    """Its own docstring."""

    x: int
    y: int = 2
    names: list[str] = field(default_factory=list)
    note: str = field(default="", compare=False, repr=False)


@frozen
class Deeper(Point):
    z: int = field(default=3, kw_only=True)
    total: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", self.x + self.y + self.z)


@frozen(eq=False)
class Alone:
    x: int


@frozen
class Named:
    der: bytes
    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return "<named>"


@frozen
class Empty:
    pass


def twin(made: type) -> type:
    """The same class as the standard library makes it."""
    annotations = {each.name: each.type for each in fields(made)}
    body = {"__annotations__": annotations, "__doc__": made.__doc__, "__qualname__": made.__qualname__}
    for each in fields(made):
        body[each.name] = field(
            default=each.default,
            default_factory=each.default_factory,
            init=each.init,
            compare=each.compare,
            repr=each.repr,
            kw_only=each.kw_only,
        )
    if hasattr(made, "__post_init__"):
        body["__post_init__"] = made.__post_init__
    return dataclass(frozen=True, slots=True)(type(made.__name__, (), body))


@pytest.mark.parametrize(
    ("made", "values", "named"),
    [
        (Point, (1,), {}),
        (Point, (1, 5, ["a"]), {"note": "b"}),
        (Point, (), {"y": 7, "x": 3}),
        (Deeper, (1,), {"z": 9}),
        (Empty, (), {}),
    ],
)
def test_it_is_what_the_standard_library_makes(made, values, named):
    ours, theirs = made(*values, **named), twin(made)(*values, **named)
    assert repr(ours) == repr(theirs)
    assert [getattr(ours, each.name) for each in fields(ours)] == [
        getattr(theirs, each.name) for each in fields(theirs)
    ]
    assert made.__match_args__ == twin(made).__match_args__
    assert ours == made(*values, **named)
    assert ours != theirs
    assert not hasattr(ours, "__dict__")


def test_every_object_has_its_own_default_and_fields_that_do_not_count_do_not():
    assert Point(1).names is not Point(1).names
    assert Point(1, note="a") == Point(1, note="b")
    assert Point(1) != Point(2)
    assert Alone(1) != Alone(1)
    assert len({Alone(1), Alone(1)}) == 2
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())


@pytest.mark.parametrize(("values", "named"), [((), {}), ((1, 2, [], "", 9), {}), ((1,), {"x": 1}), ((1,), {"w": 1})])
def test_wrong_arguments_are_a_type_error(values, named):
    with pytest.raises(TypeError, match="__init__"):
        Point(*values, **named)


def test_nothing_of_it_changes():
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        point.x = 2
    with pytest.raises(FrozenInstanceError):
        del point.x
    assert replace(point, x=5) == Point(5)
    assert replace(Deeper(1), x=2).total == 7


def test_what_a_class_says_itself_stays():
    assert Named(b"a", "x") == Named(b"a", "y")
    assert hash(Named(b"a", "x")) == hash(b"a")
    assert repr(Named(b"a", "x")) == "<named>"
    assert Point.__doc__ == "Its own docstring."


def test_it_is_copied_and_goes_to_other_processes():
    deeper = Deeper(1, 2, ["a"], "note", z=4)
    for again in (copy.copy(deeper), copy.deepcopy(deeper), pickle.loads(pickle.dumps(deeper))):
        assert (again, again.note, again.total) == (deeper, "note", 7)


def test_only_what_can_be_hashed_inside_can_be_hashed():
    with pytest.raises(TypeError):
        hash(Point(1))
    assert hash(Named(b"", "")) == hash(b"")
