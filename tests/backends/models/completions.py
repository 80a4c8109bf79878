"""A server of completions on this machine, for one test: it answers as vLLM and OpenAI's legacy completions do.

Its model is a bigram of characters; its tokens are words with the space before them, and pieces of characters where a word is not
ASCII.
"""

from __future__ import annotations

import json
import math
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def words(text):
    """Tokens: words with the space before them."""
    return re.findall(r"\s?\S+|\s", text)


def log_of(word):
    """What the server says a word costs: a nat for two characters."""
    return -len(word) / 2


def bits_of(text, *, begin):
    said = words(text) if begin else words(text)[1:]
    return sum(-log_of(word) for word in said) / math.log(2)


def echo(asked, *, begin="<s>", least=0):
    """OpenAI's legacy completions, and vLLM's with `echo`."""
    if asked["max_tokens"] < least:
        return 400, {"error": {"message": f"max_tokens must be at least {least}"}}
    if not asked.get("echo"):
        return written(asked)
    said = [*([begin] if begin else []), *words(asked["prompt"])]
    logs = [None, *map(log_of, said[1:])]
    likely = [None, *({word: log_of(word), "the": -1.0} for word in said[1:])]
    new = ["!"] * asked["max_tokens"]
    return {
        "choices": [
            {
                "index": 0,
                "text": asked["prompt"] + "".join(new),
                "finish_reason": "length",
                "logprobs": {
                    "tokens": said + new,
                    "token_logprobs": logs + [-0.1] * len(new),
                    "top_logprobs": likely + [{"!": -0.1}] * len(new),
                    "text_offset": [0] * (len(said) + len(new)),
                },
            }
        ],
        "usage": {"prompt_tokens": len(said), "completion_tokens": len(new)},
    }


def prompt_logprobs(asked):
    """vLLM without echo."""
    if asked.get("echo") or asked["max_tokens"] < 1:
        return 400, {"message": "echo is not supported"}
    if "prompt_logprobs" not in asked:
        return written(asked)
    told = [None]
    for word in words(asked["prompt"]):
        here = {"5": {"logprob": log_of(word), "rank": 3, "decoded_token": word}}
        told.append(here | {"9": {"logprob": -0.25, "rank": 1, "decoded_token": " the"}})
    return {"choices": [{"index": 0, "text": "!", "prompt_logprobs": told}]}


def written(asked):
    """Words that hang on prompt and seed, and what a server that ignores `echo` says."""
    return {
        "choices": [
            {
                "index": 0,
                "text": f" said {asked.get('seed')} after {len(asked['prompt'])}",
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 3},
    }


class Completions:
    """Answers what `answer` says: called with the request's JSON, it returns a body, or a status and a body."""

    def __init__(self, answer=echo):
        self.asked = []
        self.answer = answer
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path != "/v1/completions" or outer.answer is None:
                    self.reply(404, {"detail": "Not Found"})
                    return
                outer.asked.append(asked)
                answer = outer.answer(asked)
                status, body = answer if isinstance(answer, tuple) else (200, answer)
                self.reply(status, body)

            def do_GET(self):
                self.reply(200, {"object": "list", "data": [{"id": "tiny", "object": "model"}]})

            def reply(self, status, body):
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if status == 429:
                    self.send_header("Retry-After", "0.01")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
