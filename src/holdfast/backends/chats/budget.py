"""A budget is a wall: what a request could cost at most is set aside before it is sent.

Money is counted in whole billionths of the recipe's currency, so that sums over a million requests are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Literal

from holdfast.backends.encoders.distinct import whole_characters
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.backends.chats.chat import ChatRequest
    from holdfast.backends.chats.store import Spent

Wall = Literal["requests", "tokens", "cost"]
Amount = int | float | str | Decimal
_BILLION = 10**9
_AROUND = 64
"""Tokens that chat templates put around all messages: names of roles, a date, a sentence about the model. Generous."""
_AROUND_EACH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What tokens cost, in the recipe's currency for a million.

    Attributes:
        input: A million tokens of prompts.
        output: A million tokens of answers.

    Raises:
        UsageError: One of them is no amount of money.
    """

    input: Amount
    output: Amount
    _exact: tuple[Decimal, Decimal] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_exact", (amount(self.input, "a price"), amount(self.output, "a price")))

    def nano(self, input_tokens: int, output_tokens: int) -> int:
        """Billionths, rounded up.

        >>> Price(input="0.15", output=0.6).nano(1000, 200)
        270000
        """
        asked, said = self._exact
        exact = (asked * input_tokens + said * output_tokens) * 1000
        return int(exact.to_integral_value(rounding=ROUND_CEILING))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The most that one request can cost.

    Attributes:
        input_tokens: No tokenizer makes more tokens than there are bytes.
        output_tokens: What it may answer, or None where nothing bounds it.
        nano: Billionths of the currency, or None where prices are not known.
    """

    input_tokens: int
    output_tokens: int | None
    nano: int | None

    @classmethod
    def of(cls, request: ChatRequest, price: Price | None) -> Bound:
        """The bound of a request, by the bytes of its messages and the tokens that it may answer."""
        said = [message.content for message in request.messages]
        sizes = [len(text) if text.isascii() else len(whole_characters(text).encode()) for text in said]
        around = _AROUND + _AROUND_EACH * len(sizes)
        output = request.parameters.max_tokens
        nano = price.nano(sum(sizes) + around, output) if price is not None and output is not None else None
        return cls(input_tokens=sum(sizes) + around, output_tokens=output, nano=nano)


class Budget:
    """What may be spent: requests that are sent, retries included; tokens of prompts and answers; money. None is no bound.

    Args:
        requests: Requests.
        tokens: Tokens.
        cost: Money, in the currency of the prices.

    Raises:
        UsageError: One of them is no amount.

    >>> wall = Budget(requests=1)
    >>> bound = Bound(input_tokens=5, output_tokens=None, nano=None)
    >>> wall.reserve(bound), wall.reserve(bound)
    (True, False)
    """

    def __init__(
        self, *, requests: int | None = None, tokens: int | None = None, cost: Amount | None = None
    ) -> None:
        for name, value in (("requests", requests), ("tokens", tokens)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
                raise UsageError(f"a budget of {name} is a whole number, not {value!r:.40}")
        self.requests = requests
        self.tokens = tokens
        self.nano = None if cost is None else int(amount(cost, "a budget") * _BILLION)
        self.ended: Wall | None = None
        """The wall that a request did not fit before, with nothing on its way that could have given room back."""
        self.in_flight = 0
        self._spent = {"requests": 0, "tokens": 0, "cost": 0}
        self._set_aside = {"tokens": 0, "cost": 0}
        self._unknown = 0
        self._largest = {"tokens": 0, "cost": 0}

    @property
    def bounds_answers(self) -> bool:
        """Whether requests must say how long an answer may be, so that what they cost is bounded."""
        return self.tokens is not None or self.nano is not None

    def begin(self, spent: Spent) -> None:
        """Takes over what the run has spent before: who resumes gets no new budget.

        Args:
            spent: Sends of earlier processes of which nobody told what they cost count as the largest request of this one.
        """
        self._spent = {
            "requests": spent.requests,
            "tokens": spent.input_tokens + spent.output_tokens,
            "cost": spent.cost_nano,
        }
        self._unknown = spent.unknown

    def reserve(self, bound: Bound) -> bool:
        """Sets aside what a request could cost; False where it does not fit before others come back, or at all.

        Raises:
            UsageError: Nothing bounds what it could cost.
        """
        if self.bounds_answers and bound.output_tokens is None:
            raise UsageError(
                "a budget of tokens or money cannot hold when answers may be of any length",
                do="Give max_tokens, or a budget of requests",
            )
        if self.nano is not None and bound.nano is None:
            raise UsageError(
                "a budget of money needs the price of a million tokens, of prompts and of answers",
                do="Give both prices of every endpoint (0 where it costs nothing)",
            )
        size = _sizes(bound)
        for name, value in size.items():
            self._largest[name] = max(self._largest[name], value)
        wall = self._met(size)
        if wall is not None:
            if not self.in_flight:
                self.ended = wall
            return False
        self.in_flight += 1
        self._spent["requests"] += 1
        for name, value in size.items():
            self._set_aside[name] += value
        return True

    def settle(self, bound: Bound, *, tokens: int | None, nano: int | None) -> None:
        """Gives back what was set aside, and takes what it really cost; what nobody knows counts as what was set aside.

        Args:
            bound: As it was reserved.
            tokens: Tokens of prompt and answer together.
            nano: Billionths of the currency.
        """
        self.in_flight -= 1
        size = _sizes(bound)
        real = {"tokens": tokens, "cost": nano}
        for name, value in size.items():
            self._set_aside[name] -= value
            known = real[name]
            self._spent[name] += value if known is None else known

    def _met(self, size: dict[Literal["tokens", "cost"], int]) -> Wall | None:
        if self.requests is not None and self._spent["requests"] + 1 > self.requests:
            return "requests"
        walls: dict[Literal["tokens", "cost"], int | None] = {"tokens": self.tokens, "cost": self.nano}
        for name, wall in walls.items():
            if wall is None:
                continue
            taken = self._spent[name] + self._set_aside[name] + self._unknown * self._largest[name]
            if taken + size[name] > wall:
                return name
        return None


def _sizes(bound: Bound) -> dict[Literal["tokens", "cost"], int]:
    return {"tokens": bound.input_tokens + (bound.output_tokens or 0), "cost": bound.nano or 0}


def amount(value: Amount, what: str) -> Decimal:
    """An amount of money, as it was written: 0.15 is 0.15, and not the binary number beside it.

    Raises:
        UsageError: It is none.

    >>> amount(0.15, "a price")
    Decimal('0.15')
    """
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if isinstance(value, bool) or not found.is_finite() or found < 0:
        raise UsageError(f"{what} is an amount of money, not {value!r:.40}", do="Give a number such as 0.15")
    return found
