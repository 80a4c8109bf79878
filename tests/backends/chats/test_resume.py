import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from chat_server import Said, completion

from holdfast.backends.chats.store import AnswerStore

ROWS, PARALLEL = 120, 4
PROGRAM = textwrap.dedent("""
    import json, sys
    from pathlib import Path
    from holdfast.backends.chats import Answer, ChatRequest, Message
    from holdfast.backends.chats.asker import Asker, Endpoint, each, run
    from holdfast.backends.chats.opening import open_chat
    from holdfast.backends.chats.store import AnswerStore

    url, path, rows, parallel = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    with AnswerStore(path, run="one") as store:
        asker = Asker({"a": Endpoint(chat=open_chat(url, name="tiny"), parallel=parallel)}, store)

        async def work(row):
            message = Message(role="user", content=f"row {row}")
            return row, await asker.ask(ChatRequest(record=f"r-{row}", messages=(message,)), "a")

        found = {}
        run(each(range(rows), work, width=8, done=lambda pair: found.update([pair])))
        run(asker.close())
        wrong = [row for row in range(rows) if not isinstance(found[row], Answer) or found[row].text != f"row {row}"]
        print(json.dumps([wrong, asker.tally.plain()]))
    """)


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_killed_run_goes_on_where_it_was(chats, tmp_path):
    """Nothing is lost, and nothing is asked twice but what was on its way when the program was killed."""
    chats.answer = lambda asked, number: Said(body=completion(asked["messages"][0]["content"]), delay=0.02)
    path = tmp_path / "answers.sqlite"
    command = [sys.executable, "-c", PROGRAM, chats.url, str(path), str(ROWS), str(PARALLEL)]
    kills = 0
    for enough in (25, 70):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - written above
            end = time.monotonic() + 300
            while len(chats.asked) < enough and time.monotonic() < end:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
        kills += 1
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)  # noqa: S603 - same
    wrong, tally = json.loads(done.stdout)
    assert wrong == []
    assert len(chats.keys) == ROWS
    twice = len(chats.asked) - ROWS
    assert 0 < tally["lost_before"] <= kills * PARALLEL
    assert twice <= tally["lost_before"]
    assert set(chats.keys.values()) <= {1, 2, 3}
    with AnswerStore(path, run="one") as store:
        assert store.unsettled() == tally["lost_before"]
        assert store.spent().requests >= len(chats.asked)
