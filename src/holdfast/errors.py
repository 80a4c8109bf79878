"""Everything holdfast raises on purpose.

HoldfastError
├── InputError              bad input: says what, where, and what to do
│   ├── PreferenceInput     preference pairs were given where single records are expected
│   └── AnchorError         an anchor folder is missing, damaged or was edited
├── UsageError              an option has a value that does not exist
├── OutputError             a result could not be written; nothing half-written remains
├── BackendError            a server or model outside of holdfast does not answer as it should
├── MissingExtra            an optional dependency is not installed; names the extra
└── Waiting                 what is to be answered elsewhere has not come back; the same command goes on when it has
"""

from __future__ import annotations


class HoldfastError(Exception):
    """Root of everything raised on purpose.

    Args:
        what: What is wrong, in a sentence without a full stop.
        where: `file:line`, record id or option the problem was found at.
        do: What the reader can do about it.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str | None = None, do: str | None = None) -> None:
        super().__init__(what, where, do)
        self.what = what
        self.where = where
        self.do = do

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.do}" if self.do else text

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.do))


def _rebuild(kind: type[HoldfastError], what: str, where: str | None, do: str | None) -> HoldfastError:
    return kind(what, where=where, do=do)


class InputError(HoldfastError):
    """Bad input: a file, a row or a column that cannot be used."""


class PreferenceInput(InputError):  # noqa: N818 - the name says what was found, not that it is an error
    """Preference pairs were given where single records are expected."""


class AnchorError(InputError):
    """An anchor folder is missing, damaged or was edited."""


class UsageError(HoldfastError):
    """An option has a value that does not exist."""


class OutputError(HoldfastError):
    """A result could not be written; nothing half-written remains."""


class BackendError(HoldfastError):
    """A server or a model outside of holdfast does not answer as it should."""


class MissingExtra(HoldfastError):  # noqa: N818 - the name says what is missing
    """An optional dependency is not installed."""


class Waiting(HoldfastError):  # noqa: N818 - the name says what is the case
    """What is to be answered elsewhere has not come back: nothing is wrong, and nothing is done."""

    exit_code = 3


def unknown(kind: str, value: str, known: list[str]) -> UsageError:
    """An error that names the nearest thing there is."""
    from difflib import get_close_matches

    folded = {name.casefold(): name for name in reversed(known)}
    near = get_close_matches(value.casefold(), list(folded), n=1, cutoff=0.4)
    hint = f"Did you mean {folded[near[0]]!r}? " if near else ""
    shown = ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
    return UsageError(f"there is no {kind} {value!r}", do=f"{hint}There are: {shown}")
