"""`holdfast serve`, where it cannot begin. That it serves is tried beside the server."""

import socket

import pytest

from holdfast.cli import run
from holdfast.reviews.queues.draw import draw_queue

pytest.importorskip("uvicorn")


def test_a_folder_that_is_no_queue(tmp_path, capsys):
    assert run(["serve", str(tmp_path), "--no-browser"]) == 2
    assert "is no queue" in capsys.readouterr().err


def test_a_port_that_is_taken(tmp_path, capsys):
    draw_queue([{"text": f"row {n}"} for n in range(5)], output=tmp_path / "q", rows=5)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert run(["serve", str(tmp_path / "q"), "--no-browser", "--port", str(port)]) == 2
    assert "cannot listen there" in capsys.readouterr().err


def test_a_name_that_is_none(tmp_path, capsys):
    draw_queue([{"text": f"row {n}"} for n in range(5)], output=tmp_path / "q", rows=5)
    assert run(["serve", str(tmp_path / "q"), "--no-browser", "--reviewer", " "]) == 2
    assert "a reviewer has a name" in capsys.readouterr().err
