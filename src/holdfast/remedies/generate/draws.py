"""Parameters drawn for each request from declared distributions: other requests change nothing, and a run made again draws the same.

A chance between 0 and 1 is made of the run's seed, the record, the sample, the hop and the parameter's name, and put into the
distribution's quantile function. So a further parameter, or other bounds for one of them, leaves the draws of the others as they were.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import accumulate
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from holdfast.backends.chats.chat import Parameters
from holdfast.data.toml import check_known
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_TOKENS = 256
"""Without a limit the cost of a request has none, and a budget could not be a wall."""
_FINEST = 2.0**-20
_INFINITE = math.inf
_RANGES: dict[str, tuple[float, float, str]] = {
    "temperature": (0.0, _INFINITE, "at least 0"),
    "top_p": (_FINEST, 1.0, "above 0 and at most 1"),
    "top_k": (1.0, _INFINITE, "a whole number of at least 1"),
    # As servers of this protocol take them.
    "frequency_penalty": (-2.0, 2.0, "from -2 to 2"),
    "presence_penalty": (-2.0, 2.0, "from -2 to 2"),
    "max_tokens": (1.0, _INFINITE, "a whole number of at least 1"),
}
_WHOLE = ("top_k", "max_tokens")
_NAMES = (*_RANGES, "stop_sequences")
_KINDS = ("uniform", "loguniform", "normal", "choice")
_WAYS = "Write a number, { uniform = [0.7, 1.2] }, { loguniform = [0.1, 1.0] }, { normal = [0.9, 0.1] } or { choice = [0.9, 1.0] }"
_LEAST_MASS = 1e-6
_SEEDS = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """One value.

    Attributes:
        value: It.
    """

    value: float

    def at(self, _chance: float, /) -> float:
        """The value."""
        return self.value

    def within(self, _low: float, _high: float, /) -> Fixed:
        """It stays: nothing of it may move."""
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """Every value between two bounds alike; or, of `log`, every ratio.

    Attributes:
        low: The bound below.
        high: The bound above.
        log: Whether the logarithm is uniform.

    >>> Uniform(low=0.5, high=1.5).at(0.25), round(Uniform(low=0.01, high=1.0, log=True).at(0.5), 3)
    (0.75, 0.1)
    """

    low: float
    high: float
    log: bool = False

    def at(self, chance: float, /) -> float:
        """The value below which this share lies."""
        if self.log:
            return math.exp(math.log(self.low) + chance * (math.log(self.high) - math.log(self.low)))
        return self.low + chance * (self.high - self.low)

    def within(self, low: float, high: float, /) -> Uniform:
        """The same between other bounds."""
        return replace(self, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """A normal distribution between two bounds, which is drawn from again where it falls outside.

    Attributes:
        mean: Its mean without bounds.
        deviation: Its standard deviation without bounds.
        low: The bound below.
        high: The bound above.

    >>> round(Normal(mean=0.9, deviation=0.1, low=0.0, high=2.0).at(0.5), 3)
    0.9
    """

    mean: float
    deviation: float
    low: float
    high: float

    def at(self, chance: float, /) -> float:
        """The value below which this share lies."""
        whole = NormalDist(self.mean, self.deviation)
        begin, end = self._shares()
        if end - begin < _LEAST_MASS:  # bounds that were moved far from the mean
            return min(max(self.mean, self.low), self.high)
        return whole.inv_cdf(min(max(begin + chance * (end - begin), 1e-15), 1 - 1e-15))

    def within(self, low: float, high: float, /) -> Normal:
        """The same between other bounds."""
        return replace(self, low=low, high=high)

    @property
    def mass(self) -> float:
        """The share of the whole distribution that lies between the bounds."""
        begin, end = self._shares()
        return end - begin

    def _shares(self) -> tuple[float, float]:
        whole = NormalDist(self.mean, self.deviation)
        return whole.cdf(self.low), whole.cdf(self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several values.

    Attributes:
        values: The values.
        weights: How often each is taken, in relation to the others.

    >>> [Choice(values=(1.0, 2.0), weights=(3.0, 1.0)).at(chance) for chance in (0.1, 0.74, 0.76)]
    [1.0, 1.0, 2.0]
    """

    values: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.values)

    def at(self, chance: float, /) -> float:
        """The value that a share picks, in the order in which they were given."""
        sums = list(accumulate(self.weights))
        return self.values[min(bisect_right(sums, chance * sums[-1]), len(sums) - 1)]

    def within(self, low: float, high: float, /) -> Choice:
        """The values that lie between the bounds; the nearest where none does."""
        kept = [place for place, value in enumerate(self.values) if low <= value <= high]
        if not kept:
            middle = (low + high) / 2
            kept = [min(range(len(self.values)), key=lambda place: abs(self.values[place] - middle))]
        return Choice(
            values=tuple(self.values[place] for place in kept),
            weights=tuple(self.weights[place] for place in kept),
        )


Distribution = Fixed | Uniform | Normal | Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How the parameters of requests are drawn.

    Attributes:
        declared: A distribution for each parameter that is given.
        stop_sequences: What ends an answer.
        temperature: Bounds that temperatures are drawn between now; None where they are as declared.
        given: As the recipe wrote it, with what holds where it says nothing.

    >>> draws = read_draws({"temperature": {"uniform": [0.7, 1.2]}, "top_p": 0.95}, "recipe.toml")
    >>> draws.parameters(7, "r-1") == draws.parameters(7, "r-1") != draws.parameters(7, "r-1", sample=1)
    True
    >>> draws.within((0.9, 5.0)).temperature
    (0.9, 1.2)
    """

    declared: Mapping[str, Distribution]
    stop_sequences: tuple[str, ...] = ()
    temperature: tuple[float, float] | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def declared_temperature(self) -> tuple[float, float] | None:
        """Bounds that temperatures may be moved between; None where there are none: it is fixed, left to the server, or unbounded."""
        found = self.declared.get("temperature")
        if found is None or isinstance(found, Fixed):
            return None
        return (found.low, found.high) if math.isfinite(found.high) and found.low < found.high else None

    def within(self, temperature: tuple[float, float]) -> Draws:
        """The same with other bounds of the temperature, as far as the declared ones allow.

        Args:
            temperature: The bounds that are wished for.
        """
        declared = self.declared_temperature
        if declared is None:
            return self
        low, high = (min(max(bound, declared[0]), declared[1]) for bound in sorted(temperature))
        return replace(self, temperature=(low, high))

    def parameters(self, run_seed: int, record: str, sample: int = 0, hop: int = 0) -> Parameters:
        """What a request is asked with.

        Args:
            run_seed: Of the run.
            record: Id of the row that it is made for.
            sample: Which of several answers.
            hop: Which step of the row's making.
        """
        values: dict[str, Any] = {}
        for name, distribution in self.declared.items():
            now = distribution
            if name == "temperature" and self.temperature is not None:
                now = distribution.within(*self.temperature)
            chance = (_number(run_seed, record, sample, hop, name) + 0.5) / 2**52
            values[name] = _shaped(name, now, now.at(chance))
        seed = _number(run_seed, record, sample, hop, "seed") % _SEEDS
        return Parameters(**values, seed=seed, stop_sequences=self.stop_sequences)


def read_draws(values: Mapping[str, Any], where: str) -> Draws:
    """Distributions from a recipe.

    Args:
        values: A number, or a table with `uniform`, `loguniform`, `normal` or `choice`, for each parameter.
        where: How errors name the place.

    Raises:
        InputError: Something of it cannot be drawn from.
    """
    if "seed" in values:
        raise InputError(
            "the seed of a request is drawn for each of its own: one for all would return one text many times",
            where=where,
            do="Leave it out, and set the seed of the run",
        )
    check_known(values, _NAMES, where)
    stop = values.get("stop_sequences", [])
    if not isinstance(stop, list) or not all(isinstance(each, str) and each for each in stop):
        raise InputError("stop_sequences is a list of texts", where=where)
    given = {"max_tokens": MOST_TOKENS} | dict(values)
    return Draws(
        declared={name: _read(name, given[name], where) for name in _RANGES if name in given},
        stop_sequences=tuple(stop),
        given=given,
    )


def _read(name: str, value: Any, where: str) -> Distribution:
    if not isinstance(value, dict):
        return Fixed(value=_checked(name, value, where))
    kinds = [kind for kind in _KINDS if kind in value]
    place = f"{where}: {name}"
    if len(kinds) != 1:
        check_known(value, _KINDS, place)
        raise InputError("holds one distribution", where=place, do=_WAYS)
    (kind,) = kinds
    extra = {"normal": ("low", "high"), "choice": ("weights",)}.get(kind, ())
    check_known(value, (kind, *extra), place)
    numbers = value[kind]
    if not isinstance(numbers, list) or not numbers:
        raise InputError(f"{kind} is a list of numbers", where=place, do=_WAYS)
    if kind == "choice":
        return _choice(name, numbers, value.get("weights"), where)
    if len(numbers) != 2:
        raise InputError(f"{kind} is a list of two numbers", where=place, do=_WAYS)
    if kind == "normal":
        return _normal(name, numbers, value, where)
    low, high = (_checked(name, number, where) for number in numbers)
    if low >= high:
        raise InputError(
            "the first bound is below the second", where=place, do="Write one value as a number alone"
        )
    if kind == "loguniform" and low <= 0:
        raise InputError("loguniform needs bounds above 0", where=place)
    low, high = _widened(name, low, high)
    return Uniform(low=low, high=high, log=kind == "loguniform")


def _choice(name: str, numbers: Sequence[Any], weights: Any, where: str) -> Choice:
    values = tuple(_checked(name, number, where) for number in numbers)
    if weights is None:
        return Choice(values=values, weights=(1.0,) * len(values))
    place = f"{where}: {name}"
    if not isinstance(weights, list) or len(weights) != len(values):
        raise InputError("weights is a list with one number for each choice", where=place)
    if not all(_is_number(weight) and weight > 0 for weight in weights):
        raise InputError("weights are numbers above 0", where=place)
    return Choice(values=values, weights=tuple(float(weight) for weight in weights))


def _normal(name: str, numbers: Sequence[Any], table: Mapping[str, Any], where: str) -> Normal:
    place = f"{where}: {name}"
    mean, deviation = numbers
    if not (_is_number(mean) and _is_number(deviation) and deviation > 0):
        raise InputError("normal is a mean, and a standard deviation above 0", where=place)
    least, most, said = _RANGES[name]
    low = _checked(name, table["low"], where) if "low" in table else least
    high = _checked(name, table["high"], where) if "high" in table else most
    if low >= high:
        raise InputError("low is below high", where=place)
    low, high = _widened(name, low, high)
    found = Normal(mean=float(mean), deviation=float(deviation), low=low, high=high)
    if found.mass < _LEAST_MASS:
        raise InputError(
            "almost nothing of the distribution lies between its bounds",
            where=place,
            do=f"Move the mean towards them; {name} is {said}",
        )
    return found


def _checked(name: str, value: Any, where: str) -> float:
    low, high, said = _RANGES[name]
    if not _is_number(value):
        raise InputError(f"{name} is a number, or a distribution", where=where, do=_WAYS)
    if not low <= value <= high or (name in _WHOLE and value != int(value)):
        raise InputError(f"{name} is {said}, not {value}", where=where)
    return float(value)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


def _widened(name: str, low: float, high: float) -> tuple[float, float]:
    """Bounds of what is rounded afterwards: the outermost whole numbers get their whole share."""
    return (low - 0.5, high + 0.5) if name in _WHOLE else (low, high)


def _shaped(name: str, distribution: Distribution, value: float) -> float | int:
    """As it is sent: whole where it must be, and else with as many digits as a person reads."""
    if isinstance(distribution, Fixed | Choice):
        return int(value) if name in _WHOLE else value
    low, high = distribution.low, distribution.high
    if name in _WHOLE:
        most = high if math.isinf(high) else math.floor(high)
        return int(min(max(math.floor(value + 0.5), math.ceil(low)), most))
    return min(max(float(f"{value:.6g}"), low), high)


def _number(run_seed: int, record: str, sample: int, hop: int, name: str) -> int:
    """52 bits of chance. The record stands last, so that nothing in it reads as another's sample or hop."""
    said = f"{run_seed} {sample} {hop} {name} {record}".encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(said).digest()[:8], "big") >> 12
