"""What a library raises, said in our words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from holdfast.backends.encoders.names import printable
from holdfast.errors import HoldfastError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def explained(where: str, what: str, do: str) -> Iterator[None]:
    """Turns whatever a library raises about a model into an error that says what, where and what to do.

    Raises:
        InputError: The block raised something that is no error of holdfast.
    """
    try:
        yield
    except HoldfastError:
        raise
    except Exception as error:
        reason = printable(f"{type(error).__name__}: {error}", limit=300)
        raise InputError(f"{what} ({reason})", where=where, do=do) from error
