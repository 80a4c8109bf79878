"""An audit on Ray, really started, is the audit it is here. Skipped where Ray is not installed."""

import gc
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from holdfast.audits import audit
from holdfast.audits.streaming import open_stream
from holdfast.backends.engines import InlineEngine, RayEngine
from holdfast.backends.store import Store
from holdfast.data import read_records
from holdfast.data.cutting import Size
from holdfast.errors import InputError
from holdfast.measures import MEASURES, Calibration, views_of
from holdfast.views.reading import read_view
from holdfast.views.reality import Rows, read_reality
from holdfast.views.streaming.streamed import compare_streamed

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed"),
]
ROWS_OF_A_BLOCK = 70
WORDS = [f"{a}{b}" for a in "bcdfghklmnprst" for b in ("ar", "elo", "ine", "ost", "uma", "yth")]
TOPICS = ("cards", "loans", "rates", "fraud")
NULL = Calibration(draws=1_999, level=0.01 / sum(measure.judged for measure in MEASURES))


def made(count, seed, *, spoiled=False):
    """Rows of four topics; spoiled ones with templates, copies, damage, another language, wrong labels and a topic less."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    found = []
    for i in range(count):
        topic = dice.choices(range(3 if spoiled else 4), (8, 4, 2) if spoiled else (8, 4, 2, 1))[0]
        own = WORDS[topic * 12 :] + WORDS[: topic * 12]
        said = dice.choices(own, [1 / (j + 1) for j in range(len(own))], k=dice.randint(4, 14))
        row = {"text": " ".join(said).capitalize() + ".", "label": TOPICS[topic]}
        if spoiled:
            if i % 3 == 0:
                row["text"] = "Sure thing, here you go then: " + row["text"]
            if i % 13 == 0 and i:
                row["text"] = found[dice.randrange(i)]["text"] + "!"
            if i % 17 == 0:
                row["text"] = f"ich möchte bitte wissen wo mein geld geblieben ist und warum {i}"
            if i % 19 == 0:
                row["text"] = f"- {row['text']}\n- As an AI language model, I cannot\n"
            if i % 23 == 0:
                row["label"] = "cards"
        found.append(row)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Real rows, and made ones in a file of six blocks."""
    path = tmp_path_factory.mktemp("ray")
    real, found = made(400, 1), made(420, 2, spoiled=True)
    for i in range(0, 420, 11):
        found[i]["text"] = real[i % 400]["text"]
    (path / "real.jsonl").write_text("".join(json.dumps(row) + "\n" for row in real))
    (path / "made.jsonl").write_text("".join(json.dumps(row) + "\n" for row in found))
    pq.write_table(pa.Table.from_pylist(found), path / "made.parquet", row_group_size=ROWS_OF_A_BLOCK)
    bare = pa.Table.from_pylist([{"text": row["text"]} for row in found])
    pq.write_table(bare, path / "bare.parquet", row_group_size=ROWS_OF_A_BLOCK)
    return path


@contextmanager
def started(**options):
    """A local Ray of two workers, ended without complaints: it ends its processes and does not wait for them."""
    try:
        with RayEngine(workers=2, store_bytes=200 * 2**20, **options) as engine:
            yield engine
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


@pytest.fixture(scope="module")
def instance():
    """Started once: that takes ten seconds. Audits of this process find it there, use it and leave it."""
    with started() as engine:
        yield engine


def in_blocks(path, real, engine, told=lambda _: None, store=None):
    """Both sides, the candidate read in six blocks, and what a report says of it."""
    known = read_records(real)
    with open_stream(
        path,
        text=None,
        label="label",
        id=None,
        on_bad_row="stop",
        may_lack_label=True,
        labels=True,
        engine=engine,
        store=store or Store(None, bound=0),
        progress=told,
        size=Size(rows=ROWS_OF_A_BLOCK, bytes=8_000),
    ) as opened:
        assert len(opened.stream.blocks) >= 6
        reality = read_reality(
            Rows(ids=known.ids, texts=known.texts, strata=known.strata),
            labelled_candidate=opened.stream.labelled,
        )
        sides = compare_streamed(
            reality, opened.stream, views=lambda found: views_of(MEASURES, found, NULL), step=told
        )
        return sides, opened.source


def the_same(one, other):
    """Everything that measures read of both sides, and where they came from, to the bit."""
    (sides, source), (others, from_there) = one, other
    assert source == from_there
    views = views_of(MEASURES, sides, NULL)
    assert views
    for view in views:
        found, expected = (read_view(both, view).candidate for both in (sides, others))
        assert list(found) == list(expected)
        for name in found:
            same_array(found[name], expected[name])
    assert list(sides.read.candidate.texts) == list(others.read.candidate.texts)
    for name in ("words", "row_starts", "begins", "ends"):
        same_array(getattr(sides.read.candidate.tokens, name), getattr(others.read.candidate.tokens, name))
    assert (sides.masked, sides.labels, sides.origin) == (others.masked, others.labels, others.origin)
    for side, reference in ((sides.anchor, others.anchor), (sides.candidate, others.candidate)):
        assert list(side.ids) == list(reference.ids)
        assert list(side.texts) == list(reference.texts)
        for column in ("answers", "counts", "keys", "strata", "support"):
            same_array(getattr(side, column), getattr(reference, column))
        for column in ("exact", "near", "related", "units"):
            same_array(getattr(side.duplicates, column), getattr(reference.duplicates, column))
    for column in ("known", "copied", "repeated", "confusion"):
        same_array(getattr(sides, column), getattr(others, column))


def same_array(one, other):
    if one is None or other is None:
        assert one is other
        return
    assert one.dtype == other.dtype
    assert np.array_equal(one, other)


@pytest.fixture(scope="module")
def here(folder):
    """The same files, read in threads."""
    return {
        name: in_blocks(folder / name, folder / "real.jsonl", InlineEngine(threads=2))
        for name in ("made.parquet", "bare.parquet", "made.jsonl")
    }


@pytest.mark.parametrize("name", ["made.parquet", "bare.parquet", "made.jsonl"])
def test_the_same_readings_over_several_blocks(instance, folder, here, name):
    found, expected = in_blocks(folder / name, folder / "real.jsonl", RayEngine(workers=2)), here[name]
    assert found[0].masked, "no template was cut out"
    the_same(found, expected)
    if name == "made.parquet":
        for measure in MEASURES:
            assert measure(found[0], NULL) == measure(expected[0], NULL), measure.name


def test_the_same_audit(instance, folder):
    real, path = folder / "real.jsonl", folder / "made.parquet"
    # Twice: the second one finds nothing that the first has left behind.
    audits = [audit(path, real=real, store="off", engine=engine) for engine in (None, "ray", "ray")]
    held = audits[0]
    assert held.verdict == "fail"
    for found in audits[1:]:
        assert [one.result for one in found.outcomes] == [one.result for one in held.outcomes]
        for name in (
            "verdict",
            "sentence",
            "findings",
            "causes",
            "settings",
            "candidate",
            "anchor",
            "notes",
            "do",
        ):
            assert getattr(found, name) == getattr(held, name), name
        assert list(found.sides.candidate.texts) == list(held.sides.candidate.texts)


def test_a_worker_that_reads_without_the_compiler_reads_the_same(instance, folder, here):
    """Workers have been started without being told; here kernels are used for everything."""
    if find_spec("numba") is None:
        pytest.skip("numba is not installed")
    before = os.environ.get("HOLDFAST_COMPILED")
    os.environ["HOLDFAST_COMPILED"] = "1"
    try:
        found = in_blocks(folder / "made.parquet", folder / "real.jsonl", RayEngine(workers=2))
    finally:
        del os.environ["HOLDFAST_COMPILED"]
        if before is not None:
            os.environ["HOLDFAST_COMPILED"] = before
    the_same(found, here["made.parquet"])


class Killer:
    """Kills workers that work, with the signal that nobody can catch, once a step has begun, until a job was lost by it.

    Given to an audit as its progress.
    """

    def __init__(self, engine, step):
        self.engine = engine
        self.step = step
        self.killed = []
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._begun, self._over = threading.Event(), threading.Event()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._begun.set()
        self._thread.join()

    def __call__(self, word):
        if word.startswith(self.step):
            self._begun.set()

    def _go(self):
        self._begun.wait()
        while not self.engine.retried and not self._over.is_set():
            if working := own_workers():
                with suppress(ProcessLookupError):
                    os.kill(working[0], signal.SIGKILL)
                    self.killed.append(working[0])
                end = time.monotonic() + 2  # it may just have given its answer
                while not self.engine.retried and time.monotonic() < end and not self._over.is_set():
                    time.sleep(0.01)


def processes():
    """The processes of this machine: their number, that of their parent, and their names."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended
                continue
            yield int(entry.name), parent, name


def begun_by(process):
    """The processes that a process has started, and those have, and their names."""
    found, mine = list(processes()), {process}
    while more := {one for one, parent, _ in found if parent in mine} - mine:
        mine |= more
    return {one: name for one, _, name in found if one in mine}


def own_workers():
    """The workers that do a job and were started by this process: others may run Ray beside it."""
    return [process for process, name in begun_by(os.getpid()).items() if name.startswith("ray::do_job")]


@pytest.mark.parametrize("step", ["words", "reading rows"])
def test_a_worker_that_is_killed_in_the_middle_changes_nothing(instance, folder, here, step):
    engine = RayEngine(workers=2)
    with Killer(engine, step) as killer:
        found = in_blocks(folder / "made.parquet", folder / "real.jsonl", engine, killer)
    assert killer.killed
    assert engine.retried >= 1
    assert any("WorkerCrashedError" in note for note in engine.notes)
    the_same(found, here["made.parquet"])


def test_an_audit_says_that_a_worker_was_killed(instance, folder):
    real, path = folder / "real.jsonl", folder / "made.jsonl"
    engine = RayEngine(workers=2)
    with Killer(engine, "words") as killer:
        found = audit(path, real=real, store="off", engine=engine, progress=killer)
    assert killer.killed
    assert [note for note in found.notes if "done again after a failure (WorkerCrashedError" in note], (
        found.notes
    )
    assert set(found.notes) <= set(found.do)  # where reports show them
    undisturbed = audit(path, real=real, store="off")
    assert [one.result for one in found.outcomes] == [one.result for one in undisturbed.outcomes]
    assert (found.candidate, found.findings) == (undisturbed.candidate, undisturbed.findings)


def test_a_row_that_cannot_be_read_ends_the_audit_with_that_error(instance, folder, tmp_path):
    path = tmp_path / "broken.jsonl"
    lines = [json.dumps({"text": f"row {i}"}) for i in range(400)]
    lines[300] = '{"text": '
    path.write_text("\n".join(lines))
    told = []
    for engine in ("inline", "ray"):
        with pytest.raises(InputError, match=r"broken\.jsonl:301") as caught:
            audit(path, real=folder / "real.jsonl", engine=engine, store="off")
        told.append((type(caught.value), str(caught.value)))
    assert told[0] == told[1]


def test_a_file_that_goes_away_meanwhile_is_named(instance, folder, tmp_path):
    path = tmp_path / "gone.parquet"
    path.write_bytes((folder / "made.parquet").read_bytes())

    def remove(word):
        if word == "words":
            path.unlink(missing_ok=True)

    with pytest.raises(InputError, match=r"gone\.parquet"):
        audit(path, real=folder / "real.jsonl", engine="ray", store="off", progress=remove)


@pytest.mark.parametrize("kept", [True, False])
def test_a_store_that_workers_have_or_have_not(instance, folder, here, tmp_path, kept):
    """Where its folder cannot be used, rows are read again."""
    where = tmp_path / "store" if kept else Path("/dev/null/store")
    store = Store(where, bound=10**9)
    found = in_blocks(folder / "made.parquet", folder / "real.jsonl", RayEngine(workers=2), store=store)
    the_same(found, here["made.parquet"])
    assert bool(store.holdings()) is kept


def test_rows_behind_urls(instance, folder, here):
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    with serving(folder) as address:
        found = in_blocks(f"{address}/made.parquet", folder / "real.jsonl", RayEngine(workers=2))
        sides, source = found
        others, expected = here["made.parquet"]
        assert source.files == (f"{address}/made.parquet",)
        the_same((sides, expected), (others, expected))
        assert source.data_hash == expected.data_hash


@contextmanager
def serving(folder):
    """The files of a folder behind http, as any server of files gives them: parts of them, too."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Parts, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Parts(SimpleHTTPRequestHandler):
    def do_GET(self):
        asked = self.headers.get("Range", "")
        path = Path(self.translate_path(self.path))
        if not asked.startswith("bytes=") or not path.is_file():
            super().do_GET()
            return
        content = path.read_bytes()
        first, _, last = asked.removeprefix("bytes=").partition("-")
        begin, end = int(first), min(int(last or len(content) - 1), len(content) - 1)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {begin}-{end}/{len(content)}")
        self.send_header("Content-Length", str(end - begin + 1))
        self.end_headers()
        self.wfile.write(content[begin : end + 1])

    def log_message(self, *_):
        """Nobody wants to see it."""


def test_a_cluster_that_is_not_there_is_told_in_seconds(folder):
    begun = time.monotonic()
    done = run("--engine", "ray", "--address", "127.0.0.1:9", folder=folder)
    assert done.returncode == 2, done.stderr
    assert "no Ray cluster answers at 127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - begun < 60


def run(*options, folder):
    return subprocess.run(  # noqa: S603 - this Python, and arguments written here
        [*COMMAND, str(folder / "made.jsonl"), "--real", str(folder / "real.jsonl"), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=alone(),
    )


COMMAND = (sys.executable, "-m", "holdfast.cli", "audit")


def alone():
    """The environment without what the instance of these tests has set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RAY_")} | {
        "HOLDFAST_STORE": "off"
    }


@pytest.fixture
def heard():
    """Processes that are started hear interrupts, though who runs the tests in the background may not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.usefixtures("heard")
def test_an_interrupted_audit_leaves_no_process(folder, tmp_path):
    path = tmp_path / "large.jsonl"
    rows = made(400, 5, spoiled=True) * 10
    path.write_text(
        "".join(json.dumps({**row, "text": f"{row['text']} {i}"}) + "\n" for i, row in enumerate(rows))
    )
    running = subprocess.Popen(  # noqa: S603
        [*COMMAND, str(path), "--real", str(folder / "real.jsonl"), "--engine", "ray", "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=alone(),
    )
    begun, end = begun_by(running.pid), time.monotonic() + 120
    while not any(name.startswith("ray::do_job") for name in begun.values()):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < end, begun
        time.sleep(0.05)
        begun = begun_by(running.pid)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    _, complaints = running.communicate(timeout=60)
    assert running.returncode == 130, complaints
    assert "interrupted" in complaints
    assert "Traceback" not in complaints
    end = time.monotonic() + 40
    while any(map(runs, begun)) and time.monotonic() < end:
        time.sleep(0.2)
    assert {process: name for process, name in begun.items() if runs(process)} == {}


def runs(process):
    """Whether it is there, and not waiting to be forgotten by who started it."""
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
