"""On Ray: really started, with two workers. Skipped where Ray is not installed."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from importlib.util import find_spec
from pathlib import Path

import engine_jobs as jobs
import numpy as np
import pytest
from engine_jobs import Rows

from holdfast.backends.engines.engine import AHEAD, Retries, silent
from holdfast.backends.engines.inline import InlineEngine
from holdfast.backends.engines.interrupts import Interrupts
from holdfast.backends.engines.ray_engine import RayEngine, _Run
from holdfast.backends.engines.ray_instance import _folder
from holdfast.backends.engines.ray_worker import Stranger, do_job, versions_here
from holdfast.errors import BackendError, InputError

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed"),
]
HERE = Path(__file__).parent
USUAL = Path(tempfile.gettempdir())


def rows(count, **given):
    return [Rows(start=start, stop=start + 1, **given) for start in range(count)]


def same_answers(found, expected):
    assert [place for place, _ in found] == [place for place, _ in expected]
    for (_, answer), (_, reference) in zip(found, expected, strict=True):
        assert list(answer) == list(reference)
        for name, value in answer.items():
            assert np.array_equal(value, reference[name])
            assert type(value) is type(reference[name])
            if isinstance(value, np.ndarray):
                assert value.dtype == reference[name].dtype
                assert value.flags.writeable


@pytest.fixture(scope="session")
def expected(world, blocks):
    with InlineEngine(threads=2) as engine:
        return list(engine.map(jobs.add_up, blocks, world))


def test_the_same_answers_in_the_same_order(ray_engine, world, blocks, expected):
    told = []
    found = list(ray_engine.map(jobs.add_up, iter(blocks), world, progress=lambda *said: told.append(said)))
    same_answers(found, expected)
    assert told == [(done, None) for done in range(1, 21)]
    assert list(ray_engine.map(jobs.late, rows(20), world)) == [(place, place) for place in range(20)]
    assert list(ray_engine.map(jobs.late, [], world)) == []
    assert ray_engine.workers == 2
    assert ray_engine.retried == 0


def test_what_is_shared_is_sent_once_and_each_worker_has_one_core(ray_engine, world):
    seen = [answer for _ in range(2) for _, answer in ray_engine.map(jobs.who, rows(20), world)]
    processes = {process for process, _, _ in seen}
    assert os.getpid() not in processes
    assert len(processes) <= 2
    assert len({(process, place) for process, place, _ in seen}) == len(processes)
    assert all(value == "1" for _, _, names in seen for value in names.values())
    assert "RAY_AUTH_TOKEN" in os.environ  # while it runs


def test_nobody_writes_to_what_is_shared(ray_engine, world):
    before = world.numbers.copy()
    with pytest.raises(ValueError, match="read-only"):
        list(ray_engine.map(jobs.scribble, rows(1), world))
    assert np.array_equal(world.numbers, before)


def test_no_job_is_taken_long_before_its_turn(ray_engine, world):
    taken = []

    def endless():
        for number in range(10**9):
            taken.append(number)
            yield Rows(start=number, stop=number + 1)

    answers = ray_engine.map(jobs.late, endless(), world)
    for place, _ in answers:
        assert len(taken) <= place + 1 + AHEAD * 2
        if place == 30:
            break
    answers.close()
    assert len(taken) < 40


def test_a_worker_that_is_killed_takes_nothing_with_it(ray_engine, world, blocks, expected, tmp_path):
    before = ray_engine.retried
    dying = [
        Rows(start=block.start, stop=block.stop, marker=str(tmp_path / "died") if place == 7 else "")
        for place, block in enumerate(blocks)
    ]
    same_answers(list(ray_engine.map(jobs.die_once, dying, world)), expected)
    assert (tmp_path / "died").exists()
    # Ray may have handed the worker its next job already.
    assert 1 <= ray_engine.retried - before <= 3
    assert any("job 7 was done again: WorkerCrashedError" in note for note in ray_engine.notes)


def test_a_job_that_ends_every_worker_ends_the_run(ray_engine, world):
    given = []
    with pytest.raises(BackendError, match=r"job 1 was tried 4 times.*WorkerCrashedError.*Use fewer workers"):
        given.extend(place for place, _ in ray_engine.map(jobs.die, rows(2), world))
    assert given == [0]


def test_a_failure_is_tried_again(ray_engine, world, blocks, expected, tmp_path):
    before = ray_engine.retried
    stumbling = [Rows(start=0, stop=50, marker=str(tmp_path / "stumbled")), *blocks[1:]]
    same_answers(list(ray_engine.map(jobs.stumble_once, stumbling, world)), expected)
    assert ray_engine.retried - before == 1


def test_the_first_refusal_in_the_order_of_jobs_ends_the_run(ray_engine, world):
    before, given = ray_engine.retried, []
    with pytest.raises(InputError) as caught:
        given.extend(answer for _, answer in ray_engine.map(jobs.refuse, rows(1_000), world))
    assert type(caught.value) is InputError
    assert (caught.value.what, caught.value.where, caught.value.do) == (
        "cannot be read",
        "rows.jsonl:3",
        "Mend it",
    )
    assert given == [0, 1, 2]
    assert ray_engine.retried == before


def test_a_file_that_only_this_machine_has_is_told(ray_engine, world, tmp_path):
    here, nowhere = tmp_path / "here.jsonl", tmp_path / "nowhere.jsonl"
    here.touch()
    with pytest.raises(
        InputError, match=r"here\.jsonl: a worker cannot read the file, which can be read here"
    ):
        list(ray_engine.map(jobs.miss, rows(1, marker=str(here)), world))
    with pytest.raises(InputError, match=r"nowhere\.jsonl: the file does not exist\. Check the path"):
        list(ray_engine.map(jobs.miss, rows(1, marker=str(nowhere)), world))


def test_an_error_of_the_work_is_raised_as_it_is(ray_engine, world, tmp_path):
    with pytest.raises(KeyError):
        list(ray_engine.map(jobs.break_down, rows(1, marker=str(tmp_path / "count")), world))
    assert (tmp_path / "count").read_text() == "xxxx"


def test_a_worker_with_another_holdfast_does_nothing():
    answer = do_job(("0.0.1", "3.11"), "name", [], jobs.add_up, rows(1)[0])
    assert isinstance(answer, Stranger)
    assert answer.versions == versions_here()


def test_what_the_program_has_joined_itself_is_used_and_left(ray_engine, world, blocks, expected):
    with RayEngine() as engine:
        assert engine.workers == 2
        same_answers(list(engine.map(jobs.add_up, blocks, world)), expected)
    same_answers(list(ray_engine.map(jobs.add_up, blocks, world)), expected)


def test_another_holdfast_on_a_worker_is_told(ray_engine):
    def send(job):
        return ray_engine._do.remote(("0.0.1", "3.9"), "name", [], jobs.add_up, job)

    run = _Run(ray_engine._ray, send, Retries(), Interrupts())
    with pytest.raises(BackendError, match=r"has holdfast .* on Python 3.*, and this is.*Install the same"):
        list(run.answers(rows(3), 2, silent))


def test_it_listens_here_alone(ray_engine):
    listening = subprocess.run(
        ["ss", "-ltnp"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if listening.returncode:
        pytest.skip("no `ss` here")
    lines = [line.split() for line in listening.stdout.splitlines() if "ray" in line or "gcs_server" in line]
    assert lines
    assert all("127.0.0.1" in line[3] or "[::1]" in line[3] for line in lines), lines


def test_it_is_used_in_a_with_block(world):
    with pytest.raises(RuntimeError, match="with"):
        RayEngine().map(jobs.late, rows(1), world)


def test_nobody_waits_long_for_a_cluster_that_is_not_there():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = taken.getsockname()[1]
        program = f"""
            from holdfast.backends.engines.ray_engine import RayEngine
            from holdfast.errors import BackendError
            for address in ("127.0.0.1:{port}", "ray://localhost:{port}"):
                try:
                    with RayEngine(address=address):
                        pass
                except BackendError as error:
                    print(error)
            """
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", textwrap.dedent(program)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    assert done.stdout.count("no Ray cluster answers at") == 2


PROGRAM = """
    import os, signal, sys
    sys.path.insert(0, {here!r})
    import engine_jobs as jobs
    import numpy as np
    from holdfast.backends.engines.ray_engine import RayEngine

    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = dict(os.environ)
    world = jobs.World(numbers=np.zeros(3))
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with RayEngine(workers=2) as engine:
            dying = [jobs.Rows(start=0, stop=1, marker={folder!r} + ".died")]
            assert len(list(engine.map(jobs.die_once, dying, world))) == engine.retried == 1
            for _ in engine.map(jobs.slow, [jobs.Rows(start=0, stop=1, marker={folder!r})] * 9, world):
                pass
    except KeyboardInterrupt:
        assert dict(os.environ) == before
        assert handlers == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        print("interrupted")
        sys.exit(130)
    """


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_an_end_from_outside_leaves_nothing_behind(tmp_path, how):
    markers = tmp_path / "markers"
    markers.mkdir()
    program = textwrap.dedent(PROGRAM.format(here=str(HERE), folder=str(markers)))
    before = set(USUAL.glob("holdfast-*-*-*"))
    running = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 90
    while not list(markers.iterdir()) and time.monotonic() < end and running.poll() is None:
        time.sleep(0.1)
    assert list(markers.iterdir()), running.communicate()[1]
    group = int(running.pid)
    start = time.monotonic()
    if how is signal.SIGINT:
        os.killpg(group, how)  # as a terminal does
    else:
        running.send_signal(how)
    said, complaints = running.communicate(timeout=30)
    assert time.monotonic() - start < 15
    if how is signal.SIGINT:
        assert (running.returncode, said) == (130, "interrupted\n"), complaints
    assert "Traceback" not in complaints
    workers = [int(file.name) for file in markers.iterdir()]
    end = time.monotonic() + 40
    while (of_group(group) or any(map(runs, workers))) and time.monotonic() < end:
        time.sleep(0.2)
    assert not any(map(runs, workers))
    assert of_group(group) == []
    left = set(USUAL.glob("holdfast-*-*-*")) - before
    if how is signal.SIGKILL:
        # Nobody is there to remove it; the next instance does.
        with _folder():
            assert not any(map(Path.exists, left))
    else:
        assert left == set()


def runs(process):
    return Path("/proc", str(process)).exists()


def of_group(group):
    found = subprocess.run(
        ["ps", "-eo", "pgid,pid,args"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # Its two agents notice a while after a kill that nobody is left to serve, and hold nothing meanwhile.
    lines = [line for line in found.splitlines()[1:] if "Agent" not in line]
    return [line for line in lines if line.split()[0] == str(group)]
