"""Asking a server for a completion, and what its refusals mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.backends.encoders.names import printable
from holdfast.backends.openai_server import ADVICE, answering, key_refused, refused, told
from holdfast.errors import BackendError

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

SECONDS = 300.0
_MISSING = frozenset({404, 405})
_REFUSED = frozenset({400, 413, 422, 501})
"""What servers answer to a request that is well, and that they cannot or will not fulfil."""
_LOG = "Look into the log of the server"


class Refused(BackendError):  # noqa: N818 - the name says what happened
    """A server does not do what it is asked for: another way, or another text, may still do."""


class Missing(BackendError):  # noqa: N818 - the same
    """Nothing stands at this address, or the model is unknown, whatever is asked."""


def post(client: OpenAI, url: str, model: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the server answers to a request for a completion, as plain data: the SDK checks none of it.

    Raises:
        Refused: It does not do this.
        BackendError: It cannot be reached, fails, or answers with something else.
    """
    import openai

    try:
        with answering(url, SECONDS, lambda error: _refusal(error, url, model)):
            answer = client.post("/completions", body=body, cast_to=object)
    except (openai.OpenAIError, TypeError, ValueError, AttributeError) as error:
        # The SDK trips over whatever is not of the form it expects.
        raise BackendError(
            f"the server's answer cannot be read ({printable(str(error))})", where=url, do=ADVICE
        ) from error
    if not isinstance(answer, dict):
        raise BackendError("the server does not answer with an object", where=url, do=ADVICE)
    return answer


def _refusal(error: APIStatusError, url: str, model: str) -> BackendError:
    key = key_refused(error, url)
    if key is not None:
        return key
    if error.status_code in _MISSING:
        return Missing(
            f"the server knows no model {printable(model)!r}, or only chats: it has no /completions ({told(error)})",
            where=url,
            do="Check both, and serve the model with one that scores given text, such as vLLM; a base URL mostly ends in /v1",
        )
    if error.status_code in _REFUSED:
        return Refused(f"the server refuses the request ({told(error)})", where=url, do=_LOG)
    return refused(error, url, do=_LOG)
