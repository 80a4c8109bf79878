"""A server that speaks /v1/embeddings and /v1/models, on this machine, for one test."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

MODELS = ["tiny-embed", "tiny-chat"]


def vector(text):
    """What the server gives for a text: its length, its vowels, and a constant."""
    return [float(len(text)), float(sum(text.count(vowel) for vowel in "aeiou")), 1.0]


def unit(text):
    row = np.array(vector(text))
    return row / np.linalg.norm(row)


def well(asked):
    """A right answer, in the encoding asked for."""
    items = [
        {
            "object": "embedding",
            "index": place,
            "embedding": encoded(vector(text), asked.get("encoding_format")),
        }
        for place, text in enumerate(asked["input"])
    ]
    return {
        "object": "list",
        "model": asked["model"],
        "data": items,
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


def encoded(numbers, encoding):
    if encoding == "base64":
        return base64.b64encode(np.array(numbers, "<f4").tobytes()).decode()
    return numbers


class _Http(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that went away is no news."""


class LocalServer:
    """Answers what `answer` says: called with the request's JSON, it returns a body, or a status and a body.

    Attributes:
        asked: The JSON of every request for embeddings.
        headers: Their headers.
        answer: What is answered; the body may be JSON or bytes.
        models: Names that /v1/models lists.
    """

    def __init__(self):
        self.asked = []
        self.headers = []
        self.answer = well
        self.models = MODELS
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path != "/v1/embeddings":
                    self.reply(404, {"detail": "Not Found"})
                    return
                outer.asked.append(asked)
                outer.headers.append(self.headers)
                answer = outer.answer(asked)
                status, body = answer if isinstance(answer, tuple) else (200, answer)
                self.reply(status, body)

            def do_GET(self):
                if self.path == "/v1/models" and outer.models is not None:
                    self.reply(
                        200,
                        {
                            "object": "list",
                            "data": [{"id": name, "object": "model"} for name in outer.models],
                        },
                    )
                else:
                    self.reply(404, {"detail": "Not Found"})

            def reply(self, status, body):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header(
                    "Content-Type", "text/html" if isinstance(body, bytes) else "application/json"
                )
                self.send_header("Content-Length", str(len(data)))
                if 300 <= status < 400:
                    self.send_header("Location", "http://127.0.0.1:9/v1/embeddings")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self._http = _Http(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def host(self):
        return f"127.0.0.1:{self._http.server_port}"

    @property
    def url(self):
        return f"http://{self.host}/v1"

    @property
    def texts(self):
        return [text for asked in self.asked for text in asked["input"]]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
