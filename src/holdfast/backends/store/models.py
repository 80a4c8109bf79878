"""Models: what was learnt, written to the store and read back, equal to the bit.

A model is arrays that dataclasses, tuples, lists and dicts hold together. Its arrays stand in the file as those of facts do, and beside them a
text says what holds them together. Classes are found by their name among those that the reader brings: a file cannot ask for any other, and
nothing is executed when it is read.
"""

from __future__ import annotations

import json
import struct
from dataclasses import fields, is_dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.backends.store.held import Shelf
    from holdfast.backends.store.key import Key

    Classes = Sequence[type]

_TREE = "tree"
_LARGEST = 0.05
"""Share of the store that one model may take: a larger one would soon push out everything else."""
_SPARSE_FROM = 2**16
"""Bytes from which on it is looked whether nearly all of an array is one value, such as 0 or -1."""
_SPARSE_TO = 2**32
_SPARSE = 0.25
_SAMPLE = 101
_TEXTS_FROM = 16
"""Texts from which on a tuple of them stands in the file as a column."""
_PACKED_FROM = 2**16
"""Bytes from which on an array is packed. Of whole numbers the first bytes stand together, then the second ones, and so on: those are alike."""
_PACKED = 0.9
_CODEC = "lz4"
"""Packs and unpacks a thousand megabytes a second and more, so that reading back stays much cheaper than learning."""
_OTHER = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    RecursionError,
    NotImplementedError,
)
"""What reading a file that another release wrote, or somebody else, may end in."""
_KINDS = frozenset("biuf")
_BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def put_model(store: Shelf, key: Key, model: Any, classes: Classes) -> bool:
    """Keep a model.

    Args:
        store: Where to.
        key: What it is kept under.
        model: Dataclasses, tuples, lists and dicts of arrays of numbers, numbers, texts and None.
        classes: The dataclasses it is made of.

    Returns:
        Whether it could be kept: not if it holds anything else, or is very large.
    """
    if not store.on:
        return False
    packed = _Packed(classes)
    try:
        tree = packed.node(model)
    except TypeError:
        return False
    if packed.bytes > _LARGEST * store.bound:
        return False
    store.put(key, packed.facts | {_TREE: json.dumps(tree)})
    return True


def get_model(store: Shelf, key: Key, classes: Classes) -> Any | None:
    """The model under a key, or None: nothing is kept, it is damaged, or was made of other classes or of classes with other fields.

    Its arrays are its own, and may be written to: kernels are compiled once more for arrays that may not.

    Args:
        store: Where from.
        key: What it is kept under.
        classes: The dataclasses that it may be made of.
    """
    facts = store.get(key)
    if facts is None:
        return None
    try:
        return _Unpacking(facts, classes).value(json.loads(facts[_TREE]))
    except _OTHER:
        return None


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


class _Packed:
    """Arrays and texts of a model. What it holds twice is written once."""

    def __init__(self, classes: Classes) -> None:
        self.facts: dict[str, Any] = {}
        self.bytes = 0
        self._classes = frozenset(classes)
        self._seen: dict[int, tuple[Any, Any]] = {}

    def node(self, value: Any) -> Any:  # noqa: PLR0911 - one branch for each type
        """What says in JSON how a value is made again: itself where that is plain, else a list that begins with a word."""
        kind = type(value)
        if value is None or kind is bool or kind is int or kind is str:
            return value
        if kind is float:
            return ["float", struct.pack("<d", value).hex()]
        if kind is np.ndarray:
            if id(value) not in self._seen:
                self._seen[id(value)] = (value, self._array(value))
            return self._seen[id(value)][1]
        if isinstance(value, np.generic):
            return ["number", self._add(self._checked(np.asarray(value)))]
        if kind in (tuple, list):
            if len(value) >= _TEXTS_FROM and all(type(member) is str for member in value):
                self.bytes += sum(map(len, value))
                return [f"{kind.__name__} of texts", self._add(list(value))]
            return [kind.__name__, [self.node(member) for member in value]]
        if kind is dict:
            return ["dict", [[self.node(key), self.node(member)] for key, member in value.items()]]
        if kind in self._classes and is_dataclass(value):
            named = [[field.name, self.node(getattr(value, field.name))] for field in fields(value)]
            return ["made", _name(kind), named]
        raise TypeError(f"a {_name(kind)} is not kept")

    def _array(self, value: NDArray[Any]) -> Any:
        self._checked(value)
        # In the order in which it lies in memory: sums over it may depend on that.
        axes = np.argsort([-abs(step) for step in value.strides], kind="stable").tolist()
        flat = np.ascontiguousarray(value.transpose(axes)).reshape(-1)
        about = [value.dtype.str, list(value.shape), axes]
        if flat.nbytes >= _SPARSE_FROM:
            bits = flat.view(_BITS[flat.itemsize])  # a zero with a sign is no zero
            fill = _most_common(bits)
            others = bits != bits[fill]
            if np.count_nonzero(others) < _SPARSE * len(flat) and len(flat) < _SPARSE_TO:
                at = np.flatnonzero(others).astype(np.uint32)
                return ["sparse", self._add(at), self._add(flat[at]), self._add(flat[[fill]]), *about]
        return ["array", self._add(flat), *about]

    @staticmethod
    def _checked(value: NDArray[Any]) -> NDArray[Any]:
        if value.dtype.kind not in _KINDS or value.dtype.itemsize not in _BITS or not value.dtype.isnative:
            raise TypeError(f"an array of {value.dtype} is not kept")
        return value

    def _add(self, fact: Any) -> Any:
        """The place of an array or a list of texts; with what is needed to unpack it, where it is packed."""
        name, about = str(len(self.facts)), None
        if isinstance(fact, np.ndarray):
            packed = _pack(fact)
            if packed is not None:
                about, fact = [name, fact.dtype.str, len(fact)], packed
            self.bytes += fact.nbytes
        self.facts[name] = fact
        return name if about is None else about


def _pack(flat: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Fewer bytes that say the same, or None where they would hardly be fewer."""
    if flat.nbytes < _PACKED_FROM:
        return None
    from pyarrow import Codec

    if not Codec.is_available(_CODEC):
        return None
    plain = flat.view(np.uint8)
    if flat.dtype.kind != "f":
        plain = plain.reshape(-1, flat.itemsize).T
    packed = np.frombuffer(Codec(_CODEC).compress(plain.tobytes(), asbytes=True), np.uint8)
    return packed if packed.nbytes < _PACKED * flat.nbytes else None


def _unpack(packed: NDArray[np.uint8], said: str, count: int) -> NDArray[Any]:
    from pyarrow import Codec, py_buffer

    dtype = np.dtype(said)
    if dtype.kind not in _KINDS or not 0 <= count < _SPARSE_TO:
        raise ValueError(f"{count} of {dtype} are not kept")
    plain = Codec(_CODEC).decompress(py_buffer(packed), count * dtype.itemsize)
    if dtype.kind == "f":
        return np.frombuffer(plain, dtype)
    planes = np.frombuffer(plain, np.uint8).reshape(dtype.itemsize, count)
    return np.ascontiguousarray(planes.T).reshape(-1).view(dtype)


def _most_common(bits: NDArray[Any]) -> int:
    """Where a value stands that seems to be the most common one."""
    some = np.arange(0, len(bits), max(len(bits) // _SAMPLE, 1))
    _, first, count = np.unique(bits[some], return_index=True, return_counts=True)
    return int(some[first[count.argmax()]])


class _Unpacking:
    """Makes a model again."""

    def __init__(self, facts: Mapping[str, Any], classes: Classes) -> None:
        self._facts = facts
        self._classes = {_name(kind): kind for kind in classes}
        self._arrays: dict[str, NDArray[Any]] = {}

    def value(self, node: Any) -> Any:  # noqa: PLR0911 - one branch for each type
        """The value that a node says.

        Raises:
            ValueError: It says nothing that is known here.
        """
        if not isinstance(node, list):
            if node is None or type(node) in (bool, int, str):
                return node
            raise ValueError("a number with a point stands for nothing here")
        word, *rest = node
        if word == "float":
            return struct.unpack("<d", bytes.fromhex(rest[0]))[0]
        if word in ("array", "sparse"):
            name = json.dumps(rest)
            if name not in self._arrays:
                self._arrays[name] = self._array(word, rest)
            return self._arrays[name]
        if word == "number":
            return self._facts[rest[0]].reshape(())[()]
        if word in ("tuple of texts", "list of texts"):
            texts = self._facts[rest[0]]
            return tuple(texts) if word.startswith("tuple") else list(texts)
        if word in ("tuple", "list"):
            members = [self.value(member) for member in rest[0]]
            return tuple(members) if word == "tuple" else members
        if word == "dict":
            return {self.value(key): self.value(member) for key, member in rest[0]}
        if word == "made":
            return self._made(*rest)
        raise ValueError(f"{word!r:.40} is not known")

    def _made(self, name: str, named: Sequence[Sequence[Any]]) -> Any:
        kind = self._classes[name]
        if [field for field, _ in named] != [field.name for field in fields(kind)]:
            raise ValueError(f"{name} has other fields by now")
        return kind(**{field: self.value(member) for field, member in named})

    def _fact(self, place: Any) -> NDArray[Any]:
        if isinstance(place, list):
            name, *about = place
            return _unpack(self._facts[name], *about)
        found: NDArray[Any] = self._facts[place]
        return found

    def _array(self, word: str, rest: Sequence[Any]) -> NDArray[Any]:
        *places, said, shape, axes = rest
        dtype, lying = np.dtype(said), [shape[axis] for axis in axes]
        if dtype.kind not in _KINDS:
            raise ValueError(f"{dtype} is not kept")
        if word == "array":
            fact = self._fact(places[0])
            flat = fact if fact.flags.writeable else np.array(fact)
            if flat.dtype != dtype:
                raise ValueError(f"{flat.dtype} is not {dtype}")
        else:
            if not 0 <= prod(lying) < _SPARSE_TO:
                raise ValueError(f"an array of {prod(lying)} is not kept")
            at, values, fill = (self._fact(place) for place in places)
            flat = np.repeat(np.asarray(fill, dtype), prod(lying))
            flat[at] = values
        return flat.reshape(lying).transpose(np.argsort(axes))
