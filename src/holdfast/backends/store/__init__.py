"""Store: facts on disk, by what they were read from. What is not there is read again; nothing else depends on it."""

from holdfast.backends.store.held import Held, Shelf
from holdfast.backends.store.key import Key
from holdfast.backends.store.models import get_model, put_model
from holdfast.backends.store.opening import open_store
from holdfast.backends.store.stamp import Stamp, stamp_of
from holdfast.backends.store.stock import Removed, Stock, take_stock
from holdfast.backends.store.store import Holding, Store

__all__ = [
    "Held",
    "Holding",
    "Key",
    "Removed",
    "Shelf",
    "Stamp",
    "Stock",
    "Store",
    "get_model",
    "open_store",
    "put_model",
    "stamp_of",
    "take_stock",
]
