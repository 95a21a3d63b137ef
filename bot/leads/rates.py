"""Rates of pay, made comparable. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.leads.entry import Pay

HOURS = {"hour": 1.0, "day": 8.0, "month": 160.0, "year": 1920.0}
"""Hours of work in each unit of pay."""


def hourly(pay: Pay | None) -> float:
    """The most that a lead pays an hour, in its own currency; 0 where it does not say or pays for the whole."""
    return pay.max / HOURS[pay.unit] if pay and pay.unit in HOURS else 0.0
