"""Places behind URLs: read like files, in ranges, and printed without secrets."""

from __future__ import annotations

import gzip
import http.server
import json
import os
import pickle
import threading
import traceback
import urllib.request
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from holdfast.data import data_hash, read_records
from holdfast.data.blocks import find_blocks, read_block
from holdfast.data.cutting import Size
from holdfast.data.discreet import scrub, without_secrets
from holdfast.data.documents import read_texts
from holdfast.data.places import Url, is_url
from holdfast.data.preferences import read_preferences
from holdfast.data.survey import survey
from holdfast.errors import HoldfastError, InputError, MissingExtra, UsageError

fsspec = pytest.importorskip("fsspec")
memory = pytest.importorskip("fsspec.implementations.memory")

ROWS = [{"text": f"text number {i} é", "label": "ab"[i % 2]} for i in range(400)]
SMALL = Size(rows=100, bytes=4_000)


def content(suffix, rows=ROWS):
    plain = "".join(json.dumps(row) + "\n" for row in rows).encode()
    if suffix == ".jsonl":
        return plain
    if suffix == ".jsonl.gz":
        return gzip.compress(plain)
    if suffix == ".json":
        return json.dumps(rows).encode()
    if suffix == ".csv":
        return "".join(
            f"{text},{label}\n" for text, label in [("text", "label"), *map(dict.values, rows)]
        ).encode()
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pylist(rows)
    if suffix == ".parquet":
        pq.write_table(table, sink, row_group_size=150)
    else:
        with pa.ipc.new_file(sink, table.schema) as file:
            file.write_table(table, max_chunksize=150)
    return sink.getvalue().to_pybytes()


SUFFIXES = [".jsonl", ".jsonl.gz", ".json", ".csv", ".parquet", ".arrow"]


@pytest.fixture
def store():
    """A file system in memory that is empty before and after."""
    system = memory.MemoryFileSystem()
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


def read_in_blocks(source, size=SMALL, **options):
    with ExitStack() as stack:
        blocks = find_blocks(source, stack, size=size, **options)
        found = survey(blocks)
        references = pickle.loads(pickle.dumps(blocks.references))  # noqa: S301 - made in this line
        parts = [read_block(one, found.reading) for one in references]
    return found, pa.concat_tables([part.table for part in parts])


def check(source, suffix):
    whole = read_records(source)
    assert whole.texts == [row["text"] for row in ROWS]
    assert whole.strata == [row["label"] for row in ROWS]
    assert whole.ids[:2] == [f"a{suffix}:{line}" for line in ((2, 3) if suffix == ".csv" else (1, 2))]
    found, table = read_in_blocks(source)
    assert table.to_pydict() == whole.table.to_pydict()
    assert found.reading.detection == whole.detection
    assert found.data_hash == data_hash(whole.ids, whole.table.column("content_hash").to_pylist())
    assert len(found.counts) > 1
    return whole


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_from_memory(store, suffix):
    store.pipe_file(f"/set/a{suffix}", content(suffix))
    records = check(f"memory://set/a{suffix}", suffix)
    assert (records.name, records.files) == (f"a{suffix}", (f"memory://set/a{suffix}",))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_from_a_file_url(tmp_path, suffix):
    (tmp_path / f"a{suffix}").write_bytes(content(suffix))
    records = check(f"file://{tmp_path}/a{suffix}", suffix)
    assert records.files == (str(tmp_path / f"a{suffix}"),)
    (tmp_path / "my file.jsonl").write_bytes(content(".jsonl"))
    assert len(read_records(f"file://{tmp_path}/my%20file.jsonl")) == len(ROWS)


def test_globs_folders_and_several(store):
    for name in ("x/a.jsonl", "x/b.jsonl", "y/a.jsonl"):
        store.pipe_file(f"/{name}", content(".jsonl", [{"text": name}]))
    store.pipe_file("/x/README.md", b"no data")
    assert read_records("memory://x").texts == ["x/a.jsonl", "x/b.jsonl"]
    assert read_records("memory://*/a.jsonl").texts == ["x/a.jsonl", "y/a.jsonl"]
    assert read_records("memory://?/a.jsonl").ids == ["x/a.jsonl:1", "y/a.jsonl:1"]
    assert read_records(["memory://y/a.jsonl", "memory://x/b.jsonl"]).ids == ["a.jsonl:1", "b.jsonl:1"]
    with pytest.raises(InputError, match=r"memory://z/\*\.jsonl: no file matches"):
        read_records("memory://z/*.jsonl")
    with pytest.raises(InputError, match=r"memory://z/a\.jsonl: the file does not exist"):
        read_records("memory://z/a.jsonl")


def test_documents_and_preferences(store):
    store.pipe_file("/set/a.jsonl", content(".jsonl", [{"text": "a text"}]))
    assert read_texts("memory://set/a.jsonl").texts == ["a text"]
    pairs = [{"prompt": f"q {i}", "chosen": f"a {i}", "rejected": f"b {i}"} for i in range(3)]
    store.pipe_file("/set/pairs.jsonl", content(".jsonl", pairs))
    assert len(read_preferences("memory://set/pairs.jsonl")) == 3


def test_a_hub_folder(store):
    for name in ("train-0.parquet", "train-1.parquet", "test-0.parquet"):
        store.pipe_file(f"/hub/data/{name}", content(".parquet", [{"text": name}]))
    records = read_records("memory://hub")
    assert records.texts == ["train-0.parquet", "train-1.parquet"]
    assert "not test" in records.detection.notes[0]
    store.pipe_file("/saved/state.json", b'{"_data_files": [{"filename": "../x/a.arrow"}]}')
    with pytest.raises(InputError, match=r"state\.json: names a file outside of its folder"):
        read_records("memory://saved")


class Counting(memory.MemoryFileSystem):
    """Remembers which ranges were asked for."""

    protocol = "counting"
    asked: list[int] = []  # noqa: RUF012 - a file system is made anew for each use, and this is of all of them

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.replace("counting://", "memory://"))

    def cat_file(self, path, start=None, end=None, **kwargs):
        found = super().cat_file(path, start=start, end=end, **kwargs)
        Counting.asked.append(len(found))
        return found


class Leaking(memory.MemoryFileSystem):
    """Says all that it knows when it fails, as some libraries do."""

    protocol = "leaking"

    def info(self, path, **kwargs):
        raise OSError(
            f"403 for leaking://ann:hunter2@host/a.jsonl?sig=topsecret with token {os.environ['LEAKING_TOKEN']}"
        )

    def open(self, path, mode="rb", **kwargs):
        raise RuntimeError(
            "no access with hunter2 to ?sig=topsecret nor https://other:pass@example.org/x?key=value"
        )

    def isdir(self, path):
        return False


fsspec.register_implementation("counting", Counting, clobber=True)
fsspec.register_implementation("leaking", Leaking, clobber=True)
fsspec.register_implementation(
    "unheard", "no_such_package.Files", clobber=True, errtxt="Install no_such_package"
)


def test_blocks_are_fetched_in_ranges(store):
    store.pipe_file("/set/a.jsonl", content(".jsonl"))
    with ExitStack() as stack:
        blocks = find_blocks("counting://set/a.jsonl", stack, size=SMALL)
        Counting.asked.clear()
        found = survey(blocks)
        assert len(Counting.asked) == len(blocks.references)
        assert max(Counting.asked) <= 4_100
        Counting.asked.clear()
        assert read_block(blocks.references[3], found.reading).texts
        assert len(Counting.asked) == 1


@pytest.fixture
def token():
    os.environ["LEAKING_TOKEN"] = "environment-secret"  # noqa: S105 - what must not be seen
    yield
    del os.environ["LEAKING_TOKEN"]


SECRETS = ("hunter2", "topsecret", "environment-secret", "other:pass", "key=value")


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    "url",
    [
        "leaking://ann:hunter2@host/a.jsonl?sig=topsecret",
        "leaking://ann:hunter2@host/b/*.jsonl",
        ["leaking://ann:hunter2@host/a.jsonl?sig=topsecret"],
    ],
)
def test_no_secret_is_told(url):
    with pytest.raises(HoldfastError) as caught:
        read_records(url)
    shown = [str(caught.value), repr(caught.value), *traceback.format_exception(caught.value)]
    with pytest.raises(HoldfastError) as caught, ExitStack() as stack:
        find_blocks(url, stack)
    shown += [str(caught.value), *traceback.format_exception(caught.value)]
    own = "".join(shown).replace(str(url), "").replace(repr(url), "")
    assert not [secret for secret in SECRETS if secret in own]
    assert "leaking://***@host" in own


def test_secrets_of_any_kind():
    url = Url("https://ann:hunter2@host/a.jsonl?X-Amz-Signature=topsecret&x=1#key=value")
    assert str(url) == "https://***@host/a.jsonl?***"
    assert repr(url) == "Url('https://***@host/a.jsonl?***')"
    assert url.name == "a.jsonl"
    assert without_secrets("zip://a.csv::https://t0ken@host/a.zip") == "zip://a.csv::https://***@host/a.zip"
    said = scrub(f"failed: hunter2, https://x:y@z/?a=b and {url.address}", url.address)
    assert not [secret for secret in SECRETS if secret in said]
    assert "x:y" not in said
    assert "\x1b" not in str(Url("s3://bucket/\x1b[31m.jsonl"))
    fsspec.config.conf["leaking"] = {"secret": "configured-secret"}
    try:
        assert scrub("with configured-secret", "leaking://host") == "with ***"
    finally:
        del fsspec.config.conf["leaking"]


def test_what_is_missing_is_named():
    with pytest.raises(
        MissingExtra, match="unheard:// needs a package that is not installed: Install no_such_package"
    ):
        read_records("unheard://bucket/a.jsonl")
    with pytest.raises(InputError, match="there is no way to read nothing://"):
        read_records("nothing://bucket/a.jsonl")


def test_data_sends_nobody_to_the_network(tmp_path):
    texts = ["look at https://example.invalid/a.json", "https://example.invalid/b.json", "yes"]
    assert read_records(texts).texts == texts
    assert read_records([{"text": text} for text in texts]).texts == texts
    assert read_records(["unheard://a b.jsonl", "unheard://b.jsonl"]).texts == [
        "unheard://a b.jsonl",
        "unheard://b.jsonl",
    ]
    # A path stays a path, whatever its parts are called.
    (tmp_path / "s3:").mkdir()
    (tmp_path / "s3:" / "https:.jsonl").write_bytes(content(".jsonl"))
    assert len(read_records(tmp_path / "s3:")) == len(ROWS)
    assert len(read_records(str(tmp_path / "s3:" / "*.jsonl"))) == len(ROWS)
    with pytest.raises(InputError, match="does not exist"):
        read_records(Path("unheard://bucket/a.jsonl"))
    assert not is_url("C:\\a.jsonl")
    assert not is_url("a/b://c")


def test_hostile_names(store, tmp_path):
    store.pipe_file("/set/..jsonl", content(".jsonl", [{"text": "dots"}]))
    store.pipe_file("/set/a\x1b[2J.jsonl", content(".jsonl", [{"text": "control"}]))
    store.pipe_file("/set/s3:%2F%2Fb.jsonl", content(".jsonl", [{"text": "like a URL"}]))
    records = read_records("memory://set/*.jsonl")
    assert set(records.texts) == {"dots", "control", "like a URL"}
    assert "\x1b" not in "".join([*records.ids, *records.files, records.name])
    (tmp_path / "state.json").write_text('{"_data_files": [{"filename": "/etc/passwd"}]}')
    with pytest.raises(InputError, match="outside of its folder"):
        read_records(tmp_path)


def test_named_columns_and_errors_say_where(store):
    store.pipe_file("/set/a.jsonl", content(".jsonl") + b"{\n")
    with pytest.raises(InputError, match=r"memory://set/a\.jsonl:401: broken JSON"):
        read_records("memory://set/a.jsonl")
    with pytest.raises(InputError, match=r"memory://set/a\.jsonl:401: broken JSON"):
        read_in_blocks("memory://set/a.jsonl")
    with pytest.raises(UsageError, match=r"no column 'x' in a\.jsonl"):
        read_records("memory://set/a.jsonl", label="x")


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".parquet"])
def test_a_web_server_that_knows_no_ranges(tmp_path, suffix):
    pytest.importorskip("aiohttp")
    (tmp_path / f"a{suffix}").write_bytes(content(suffix))
    handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/a{suffix}?token=topsecret"
        records = check(url, suffix)
        assert records.files == (f"http://127.0.0.1:{server.server_port}/a{suffix}?***",)
        with pytest.raises(InputError) as caught:
            read_records(url.replace("/a", "/b"))
        assert "topsecret" not in str(caught.value)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def bucket():
    """A bucket of a server on this machine that speaks S3."""
    pytest.importorskip("s3fs")
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "an-access-key",
        "AWS_SECRET_ACCESS_KEY": "an-environment-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    system.mkdir("bucket")
    try:
        yield system
    finally:
        request = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")
        urllib.request.urlopen(request).close()  # noqa: S310 - same
        server.stop()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def test_s3(bucket):
    for suffix in SUFFIXES:
        bucket.pipe_file(f"bucket/set{suffix}/a{suffix}", content(suffix))
    for suffix in SUFFIXES:
        check(f"s3://bucket/set{suffix}/a{suffix}", suffix)
    for number in range(3):
        bucket.pipe_file(f"bucket/parts/{number}.parquet", content(".parquet", [{"text": str(number)}]))
    assert read_records("s3://bucket/parts/*.parquet").texts == ["0", "1", "2"]
    assert read_records("s3://bucket/parts").texts == ["0", "1", "2"]
    for url in ("s3://bucket/none.jsonl", "s3://no-such-bucket/a.jsonl", "s3://bucket/none/*.jsonl"):
        with pytest.raises(InputError) as caught:
            read_records(url)
        assert "an-environment-secret" not in "".join(traceback.format_exception(caught.value))
