"""What the operators of `s2sad.products` return: linear maps at one point, and functions that make them.

All can be copied, and pickled where the functions that they belong to can be imported. A linear map holds copies
of what it reads, so that it stays the same whatever happens to the arguments.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from s2sad.callables import global_name
from s2sad.derivative import Derivative
from s2sad.directions import fitted, fitted_tangents
from s2sad.errors import ArgumentTypeError
from s2sad.versions import Frozen, Pushforward, copied


def chosen(derivative: Derivative, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
    """Return the values of the differentiated arguments in a call."""
    signature = inspect.Signature(derivative.parameters())
    bound = signature.bind(*derivative.leading, *args, **{**derivative.keywords, **kwargs})
    bound.apply_defaults()
    values = [(bound.arguments[name], index) for name, index in derivative.active()]
    return [value if index is None else value[index] for value, index in values]


def directions(given: Any, likes: Sequence[Any], single: bool = False) -> list[Any]:
    """Return a tangent for each argument, in its form; `single` says that there is one, and it stands alone."""
    if single:
        return [fitted(given, likes[0], "the vector")]
    if not isinstance(given, (tuple, list)) or len(given) != len(likes):
        count = len(given) if isinstance(given, (tuple, list)) else 1
        raise ArgumentTypeError(f"there are {len(likes)} arguments and {count} vectors", None, "give a tuple")
    return [fitted(v, like, f"vector {i}") for i, (v, like) in enumerate(zip(given, likes, strict=True))]


# At a point -------------------------------------------------------------------------------------------------


class TangentMap(Frozen):
    """The function from a vector to the value and its tangent, at one point.

    Parameters
    ----------
    push : Pushforward
        The pushforward of the differentiated arguments.
    likes : sequence
        These arguments.
    single : bool
        Whether a vector for the only one stands alone, not in a tuple.
    """

    def __init__(self, push: Pushforward, likes: Sequence[Any], single: bool):
        self.push, self.likes, self.single = push, copied(list(likes)), single

    def __call__(self, v: Any) -> Any:
        value, dot = self.push(directions(v, self.likes, self.single))
        return copied(value), dot

    def __repr__(self) -> str:
        return f"<derivative of {self.push.derivative.name()} at a point>"


class HessianMap(TangentMap):
    """The function from a vector to its product with the Hessian, at one point."""

    def __call__(self, v: Any) -> Any:
        return self.push(directions(v, self.likes, self.single))[1]

    def __repr__(self) -> str:
        return f"<Hessian of {self.push.derivative.name()} at a point>"


class GaussNewtonMap(Frozen):
    """The function from a vector to its product with the Gauss-Newton matrix, at one point."""

    def __init__(self, push: TangentMap, product: HessianMap, pull: Callable[[Any], Any]):
        self.push, self.product, self.pull = push, product, pull

    def __call__(self, v: Any) -> Any:
        return self.pull(self.product(self.push(v)[1]))

    def __repr__(self) -> str:
        return f"<Gauss-Newton matrix of {self.push.push.derivative.name()} at a point>"


class LinearMap(Frozen):
    """The function from the tangents of all arguments to that of the result, at one point."""

    def __init__(self, push: Pushforward, primals: Sequence[Any], active: tuple[int, ...]):
        self.push, self.primals, self.active = push, copied(list(primals)), active

    def __call__(self, *tangents: Any) -> Any:
        if len(tangents) != len(self.primals):
            raise ArgumentTypeError(f"there are {len(self.primals)} arguments and {len(tangents)} tangents")
        given = fitted_tangents(tangents, self.primals, self.active)
        return self.push(given)[1]

    def __repr__(self) -> str:
        return f"<linear approximation of {self.push.derivative.name()}>"


class Products(NamedTuple):
    """The Hessian-vector product at one point as a function, and the gradient there; to call it is to multiply."""

    product: HessianMap
    gradient: Any

    def __call__(self, v: Any) -> Any:
        return self.product(v)


# Functions of the arguments ---------------------------------------------------------------------------------


class OperatorOf:
    """A function that an operator made of another one: it has the parameters and the module of that.

    Parameters
    ----------
    function : callable
        The function.
    argnum : int, str or sequence of them
        The arguments to differentiate with respect to.
    *options
        What else a copy has to be made with.
    """

    operator = ""
    extra = ""

    def __init__(self, function: Callable, argnum: Any, *options: Any):
        if not callable(function):
            raise TypeError(f"{self.operator} needs a function, not {type(function).__name__}")
        self.function = function
        self.single = isinstance(argnum, (int, str))
        self.argnum = argnum if self.single else tuple(argnum)
        self.count = 1 if self.single else len(self.argnum)
        self.options = options
        name = getattr(function, "__name__", None) or type(function).__name__
        self.__name__ = f"{name}_{self.operator}"
        self.__qualname__ = self.__name__
        self.__module__ = getattr(function, "__module__", None) or __name__
        self.__doc__ = f"{self.operator} of `{name}` with respect to {argnum!r}, by s2sad."

    @classmethod
    def of(cls, function: Any, argnum: Any, *options: Any) -> Any:
        """Return the operator's function, or without a function a decorator that does."""
        return (lambda f: cls(f, argnum, *options)) if function is None else cls(function, argnum, *options)

    @property
    def __signature__(self) -> inspect.Signature:
        given = inspect.signature(self.function)
        if not self.extra:
            return given
        params = list(given.parameters.values())
        last = next(
            (i for i, p in enumerate(params) if p.kind in (p.VAR_KEYWORD, p.KEYWORD_ONLY)), len(params)
        )
        if any(p.default is not p.empty or p.kind is p.VAR_POSITIONAL for p in params[:last]):
            return inspect.signature(lambda *args, **kwargs: None)
        added = inspect.Parameter(self.extra, inspect.Parameter.POSITIONAL_ONLY)
        before = [p.replace(kind=p.POSITIONAL_ONLY) for p in params[:last]]
        return given.replace(parameters=[*before, added, *params[last:]])

    def __repr__(self) -> str:
        return f"<{self.operator} of {getattr(self.function, '__qualname__', self.function)!s}>"

    def __set_name__(self, owner: type, name: str) -> None:
        self.__name__ = name  # by which its methods are pickled
        self.__qualname__ = f"{owner.__qualname__}.{name}"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(cast(Callable, self), instance)

    def __reduce__(self) -> Any:
        name = global_name(self, self.function)
        return name if name is not None else (type(self), (self.function, self.argnum, *self.options))
