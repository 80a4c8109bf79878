"""What every sentence encoder is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray


class Encoder(Protocol):
    """Texts in, vectors out.

    A text's vector does not depend on its neighbours, up to rounding. A model on disk gives the same vectors every
    time it runs on the same processor; a server promises nothing.
    """

    @property
    def name(self) -> str:
        """What reports call it: model and content digest on disk, model and host of a server; never a secret."""
        ...

    @property
    def blind_to(self) -> str:
        """What it cannot see, as reports say it."""
        ...

    def encode(
        self, texts: Sequence[str], progress: Callable[[int, int], None] = ..., /
    ) -> NDArray[np.float32]:
        """float32 [n, d], rows of length 1; a row of zeros where the model gave zeros.

        Args:
            texts: n texts; empty ones and half surrogate pairs are allowed, the latter read as U+FFFD.
            progress: Called with the number of distinct texts done, and of all.

        Raises:
            InputError: The model failed, or gave something that is no vector.
        """
        ...
