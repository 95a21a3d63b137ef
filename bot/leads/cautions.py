"""What to check before answering an advert: each caution quotes the words that raised it, and none blocks by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.words import say

if TYPE_CHECKING:
    from bot.leads.entry import Pay

QUOTE_MAX = 90
"""Characters of an advert's words that a caution repeats."""

_MESSENGER = r"(?:telegram|whats\s?app|signal|wechat|viber|google hangouts?|hangouts?|skype)"
_FREE_MAIL = re.compile(
    r"[\w.+-]{1,64}@(?:gmail|googlemail|yahoo|hotmail|outlook|aol|gmx|proton(?:mail)?|mail)\.\w{2,4}", re.IGNORECASE
)
_HOURLY_TOO_GOOD = 500  # above this an hour's pay deserves a second look, in currencies where it is a three-digit sum
_SMALL_CURRENCIES = frozenset({"INR", "JPY", "TWD", "CZK", "PHP"})


@dataclass(frozen=True, slots=True)
class _Caution:
    says: str
    traces: tuple[str, ...]  # only a text with one of these in it is searched: the search costs more than this look
    pattern: re.Pattern[str]


def _caution(says: str, traces: str, *patterns: str) -> _Caution:
    return _Caution(says, tuple(traces.split("|")), re.compile("|".join(patterns), re.IGNORECASE))


_CAUTIONS = (
    _caution(
        "asks for money up front: {quote}",
        " fee|deposit",
        r"\b(?:registration|training|application|processing|security|starter|enrol?lment|onboarding|activation) (?:fee|deposit)s?\b(?! waived)",
        r"\b(?:pay|send|transfer)\b[^.\n]{0,30}\b(?:fee|deposit)\b",
        r"\brefundable (?:fee|deposit)\b",
    ),
    _caution(
        "moves to a private messenger before a contract: {quote}",
        "telegram|whatsapp|whats app|signal|wechat|viber|hangout|skype|t.me/|wa.me/",
        r"\b(?:contact|reach|message|text|dm|pm|add|write|ping|hit|apply|interview\w*|chat|talk|respond|reply)\b[^.\n]{0,40}?"
        rf"\b(?:on|via|through|by|over|at|using)\s(?:my |our |me on )?{_MESSENGER}\b(?! (?:bot|api|business|chatbot|integration|agent))",
        r"\b(?:telegram|whats\s?app)\s?(?:\(?[@+]\w|:\s?[@+\w]|(?:number|id|only)\b)",
        r"\bt\.me/\w+|\bwa\.me/\d+",
    ),
    _caution(
        "talks of cheques, gift cards or equipment to buy: {quote}",
        "cheque|a check|the check|checks|gift card|western union|moneygram|money order|equipment|laptop",
        r"\b(?:mail|send|issue|receive|deposit|cash)\w*\b[^.\n]{0,40}\b(?<!background )che(?:que|ck)s?\b[^.\n]{0,50}"
        r"\b(?:equipment|software|deposit\w*|bank|office)\b",
        r"\b(?:purchase|buy)\b[^.\n]{0,40}\b(?:equipment|laptop)\b[^.\n]{0,60}\b(?:che(?:que|ck)|reimburse\w*)\b",
        r"\b(?:buy|purchase|send|redeem)\w*\b[^.\n]{0,40}\bgift cards?\b",
        r"\bwestern union\b|\bmoneygram\b|\bmoney orders?\b",
    ),
    _caution(
        "pays in cryptocurrency: {quote}",
        "crypto|bitcoin|btc|usdt|usdc| eth",
        r"\b(?:paid|pay|pays|payment|payments|payouts?|salary)\b[^.\n]{0,30}\b(?:in|via|with|by) (?:crypto\w*|bitcoin|btc|usdt|usdc|eth)\b",
    ),
    _caution(
        "wants bank or identity papers early: {quote}",
        "bank|ssn|social security|passport|copy of",
        r"\b(?:send|provide|submit|share|need)\b[^.\n]{0,40}\b(?:bank (?:account|details|login)|ssn|social security number)\b",
        r"\b(?:send|provide|submit|share)\b[^.\n]{0,30}\bcopy of (?:your )?(?:passport|id)\b",
        r"\bhave an? (?:active |valid |us )?bank account\b",
    ),
    _caution(
        "promises more than work pays: {quote}",
        "earn |make $|make up|make over|easy money|easy cash|quick money|quick cash|guaranteed|unlimited|get rich|no experience|no prior",
        r"\b(?:earn|make) (?:up to |over )?[$€£]\s?\d[\d,]*\+?\s?(?:a|per|/|every)?\s?(?:day|week|daily|weekly)\b",
        r"\b(?:easy|quick) (?:money|cash)\b|\bguaranteed (?:income|earnings)\b|\bunlimited (?:income|earnings?)\b|\bget rich\b",
        r"\bno (?:prior )?experience (?:is )?(?:needed|required|necessary)\b[^.\n]{0,60}[$€£]\s?\d{3}",
    ),
    _caution(
        "asks for unpaid work first: {quote}",
        "unpaid|free sample|free t",
        r"\bunpaid (?:trial|test|sample|task)\w*|\bfree (?:sample of|samples of|test task|trial task|trial project)\b",
    ),
    _caution(
        "chooses people by who they are: {quote}",
        "male|women|men only|girl|boys|age limit|aged|years old|of age",
        r"\b(?:fe)?males? (?:only|candidates? only|preferred)\b|\bonly (?:fe)?males?\b|\b(?:men|women|girls|boys) only\b",
        r"\bage(?:d)?:? (?:limit|between|under|below)\b[^.\n]{0,12}\d\d|\b(?:under|below) \d\d years (?:old|of age)\b",
        r"\byoung (?:girls?|females?|males?)\b",
    ),
)


def find_cautions(text: str, *, pay: Pay | None, company: str | None) -> tuple[str, ...]:
    """Return the cautions of a title and text, given what it pays and who it says it is."""
    lower = text.lower()
    found = [
        say(caution.says, quote=_quote(match[0]))
        for caution in _CAUTIONS
        if any(trace in lower for trace in caution.traces) and (match := caution.pattern.search(text))
    ]
    if company and "@" in text and (mail := _FREE_MAIL.search(text)):
        found.append(say("a company that answers from a free mail address: {quote}", quote=_quote(mail[0])))
    if pay and pay.unit == "hour" and pay.min >= _HOURLY_TOO_GOOD and pay.currency not in _SMALL_CURRENCIES:
        found.append(say("pays far more an hour than is usual: {quote}", quote=_quote(f"{pay.min:,.0f}")))
    return tuple(found)


def _quote(words: str) -> str:
    words = " ".join(words.split())
    return f"“{words}”" if len(words) <= QUOTE_MAX else f"“{words[: QUOTE_MAX - 1]}…”"
