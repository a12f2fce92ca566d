"""Frozen dataclasses with slots that cost little to define.

``dataclasses`` compiles six methods for every class when it is defined, a third of a millisecond. A cold start defines
two hundred classes and makes objects of half of them: that was two fifths of its time (bench/cold.py). Here all classes
share what does not depend on their fields, and ``__init__`` is compiled when the first object is made. For everything
else they are dataclasses: ``fields``, ``replace`` and ``match`` work as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, dataclass_transform, overload

T = TypeVar("T")
if TYPE_CHECKING:
    AnyClass: TypeAlias = Any
    """A class whose fields are known at run time only."""
    AnyObject: TypeAlias = Any


@overload
def frozen(cls: type[T], /) -> type[T]: ...


@overload
def frozen(*, eq: bool) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T] | None = None, /, *, eq: bool = True) -> type[T] | Callable[[type[T]], type[T]]:
    """The class as ``dataclass(frozen=True, slots=True)`` makes it; without ``eq`` each object equals itself alone."""
    if cls is None:
        return lambda cls: _made(cls, eq=eq)
    return _made(cls, eq=eq)


def _made(cls: type[T], *, eq: bool) -> type[T]:
    own = set(vars(cls))
    if cls.__doc__ is None:  # else dataclasses writes one, by way of inspect
        cls.__doc__ = cls.__name__
    made: AnyClass = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    shared: dict[str, object] = {
        "__init__": _initialised_when_first_made(made),
        "__repr__": _repr,
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__getstate__": _state,
        "__setstate__": _restore,
    }
    names = [each.name for each in fields(made) if each.compare]
    if eq and names:
        values = attrgetter(*names)
        shared["__eq__"] = _equality(values)
        shared["__hash__"] = _hashing(values)
    elif eq:
        shared["__eq__"] = lambda self, other: other.__class__ is self.__class__ or NotImplemented
        shared["__hash__"] = lambda self: hash(())
    for name, method in shared.items():
        if name not in own or (name == "__hash__" and vars(cls)[name] is None):  # an own __eq__ alone sets it to None
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]


def _initialised_when_first_made(cls: AnyClass) -> Callable[..., None]:
    def __init__(self: object, *values: object, **named: object) -> None:  # noqa: N807
        cls.__init__ = _initialiser(cls)
        cls.__init__(self, *values, **named)

    return __init__


def _initialiser(cls: AnyClass) -> Callable[..., None]:
    """``__init__`` with the fields as parameters, each written through its slot."""
    known: dict[str, object] = {"_NONE": MISSING}
    parameters: list[str] = []
    named: list[str] = []
    body: list[str] = []
    for each in fields(cls):
        name = each.name
        known[f"_set_{name}"] = getattr(cls, name).__set__
        value = name
        if each.default_factory is not MISSING:
            known[f"_make_{name}"] = each.default_factory
            value = f"_make_{name}() if {name} is _NONE else {name}" if each.init else f"_make_{name}()"
        elif each.default is not MISSING:
            known[f"_default_{name}"] = each.default
        if each.init:
            optional = f"={'_NONE' if each.default_factory is not MISSING else f'_default_{name}'}"
            needed = each.default is MISSING and each.default_factory is MISSING
            (named if each.kw_only else parameters).append(name if needed else name + optional)
        elif each.default is not MISSING:
            value = f"_default_{name}"
        elif each.default_factory is MISSING:  # __post_init__ has to
            continue
        body.append(f" _set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        body.append(" self.__post_init__()")
    listed = ", ".join(["self", *parameters, *(["*", *named] if named else [])])
    made: dict[str, AnyObject] = {}
    exec(f"def __init__({listed}):\n" + ("\n".join(body) or " pass"), known, made)
    initialise: Callable[..., None] = made["__init__"]
    initialise.__qualname__ = f"{cls.__qualname__}.__init__"
    return initialise


def _equality(values: Callable[[AnyObject], object]) -> Callable[[AnyObject, object], object]:
    def __eq__(self: AnyObject, other: object) -> object:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hashing(values: Callable[[AnyObject], object]) -> Callable[[AnyObject], int]:
    return lambda self: hash(values(self))


def _repr(self: AnyObject) -> str:
    told = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({told})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: AnyObject) -> list[object]:
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: AnyObject, state: list[object]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
