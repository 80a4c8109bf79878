"""What the preference loop needs that is no part of the plain install."""

from __future__ import annotations

from holdfast.errors import MissingExtra


def need_models() -> None:
    """Ask for torch and transformers, so that every later import succeeds.

    Raises:
        MissingExtra: One is not there.
    """
    try:
        import torch  # noqa: F401 - asked for here, so that every later import succeeds
        import transformers  # noqa: F401 - the same
    except ImportError as error:
        raise MissingExtra(
            f"the preference loop trains a small model with torch and transformers, and one is not there: {error}",
            do="Install them: pip install 'holdfast[models]'",
        ) from error


def need_trl() -> None:
    """Ask for TRL and its data sets.

    Raises:
        MissingExtra: One is not there.
    """
    need_models()
    try:
        import datasets  # noqa: F401 - the same
        import trl  # noqa: F401 - the same
    except ImportError as error:
        raise MissingExtra(
            f"tuning with TRL needs trl and datasets, and one is not there: {error}",
            do="Install them: pip install 'holdfast[preference]', or tune with PlainDpo",
        ) from error
