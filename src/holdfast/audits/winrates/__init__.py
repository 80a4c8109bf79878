"""Win rates that people would find: a judge's, corrected by the pairs that people labelled, and which to label next."""

from holdfast.audits.winrates.result import Figure, WinRate, WinRates
from holdfast.audits.winrates.running import rates_of, win_rates
from holdfast.audits.winrates.sample import write_sample

__all__ = ["Figure", "WinRate", "WinRates", "rates_of", "win_rates", "write_sample"]
