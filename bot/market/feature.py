"""What the market feature answers to others."""

from __future__ import annotations

from bot.feature import Feature
from bot.market import weekly
from bot.market.commands import commands, shared

feature = Feature(name="market", commands=commands, note=weekly.note, told={"market share": shared})
