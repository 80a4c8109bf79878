"""Bottled: recursion on the user's own rows, protocol beside protocol, and the planner's forecast beside what happened."""

from __future__ import annotations

from holdfast.lab.bottled.bottling import bottle
from holdfast.lab.bottled.plain import plain_bottle
from holdfast.lab.bottled.setting import PROTOCOLS, Setting

__all__ = ["PROTOCOLS", "Setting", "bottle", "plain_bottle"]
