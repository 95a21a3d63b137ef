"""What to check before answering an advert: each caution quotes the words that raised it, and never blocks by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.leads.entry import Pay

QUOTE_MAX = 90
"""Characters of an advert's words that a caution repeats."""

_MESSENGER = r"(?:telegram|whats\s?app|signal|wechat|line|viber|google hangouts?|hangouts?|skype)"
_FREE_MAIL = r"[\w.+-]{1,64}@(?:gmail|googlemail|yahoo|hotmail|outlook|aol|gmx|proton(?:mail)?|mail)\.\w{2,4}"
_HOURLY_TOO_GOOD = 500  # of any currency in which an hour's pay is a three-digit number: above it, look twice
_SMALL_UNITS = frozenset({"INR", "JPY", "TWD", "CZK", "PHP"})


@dataclass(frozen=True, slots=True)
class _Caution:
    says: str
    words: frozenset[str]  # only a text that holds one of these is searched
    pattern: re.Pattern[str]


def _caution(says: str, words: str, pattern: str) -> _Caution:
    return _Caution(says, frozenset(words.split()), re.compile(pattern, re.IGNORECASE))


_CAUTIONS = (
    _caution(
        "asks for money up front: {quote}",
        "fee fees deposit buy purchase",
        r"\b(?:registration|training|application|processing|security|starter|enrol?lment|onboarding|activation) (?:fee|deposit)s?\b(?! waived)|"
        r"\b(?:pay|send|transfer)\b[^.\n]{0,30}\b(?:fee|deposit)\b|\brefundable (?:fee|deposit)\b",
    ),
    _caution(
        "moves to a private messenger before a contract: {quote}",
        "telegram whatsapp whats signal wechat line viber hangouts hangout skype t wa",
        rf"\b(?:contact|reach|message|text|dm|pm|add|write|ping|hit|apply|interview\w*|chat|talk|respond|reply)\b[^.\n]{{0,40}}?"
        rf"\b(?:on|via|through|by|over|at|using)\s(?:my |our |me on )?{_MESSENGER}\b(?! (?:bot|api|business|chatbot|integration|agent))|"
        rf"\b(?:telegram|whats\s?app)\s?(?:\(?[@+]\w|:\s?[@+\w]|(?:number|id|only)\b)|\bt\.me/\w+|\bwa\.me/\d+",
    ),
    _caution(
        "talks of cheques, gift cards or equipment to buy: {quote}",
        "cheque cheques check checks gift western moneygram equipment",
        r"\b(?:mail|send|issue|receive|deposit|cash)\w*\b[^.\n]{0,40}\b(?<!background )che(?:que|ck)s?\b[^.\n]{0,50}\b(?:equipment|software|deposit\w*|bank|office)\b|"
        r"\b(?:purchase|buy)\b[^.\n]{0,40}\b(?:equipment|laptop)\b[^.\n]{0,60}\b(?:che(?:que|ck)|reimburse\w*)\b|"
        r"\bgift cards?\b[^.\n]{0,40}\b(?:buy|purchase|send|redeem)\b|\bwestern union\b|\bmoneygram\b|\bmoney orders?\b",
    ),
    _caution(
        "pays in cryptocurrency: {quote}",
        "crypto cryptocurrency bitcoin btc usdt usdc eth",
        r"\b(?:paid|pay|pays|payment|payments|payouts?|salary)\b[^.\n]{0,30}\b(?:in|via|with|by) (?:crypto\w*|bitcoin|btc|usdt|usdc|eth)\b",
    ),
    _caution(
        "wants bank or identity papers early: {quote}",
        "bank ssn passport social credit",
        r"\b(?:send|provide|submit|share|need)\b[^.\n]{0,40}\b(?:bank (?:account|details|login)|ssn|social security number|copy of (?:your )?(?:passport|id))\b|"
        r"\bhave (?:a|an) (?:active |valid |us )?bank account\b",
    ),
    _caution(
        "promises more than work pays: {quote}",
        "earn make easy quick experience guaranteed unlimited income rich weekly",
        r"\b(?:earn|make)\b (?:up to |over )?[$€£]\s?\d[\d,]*\+?\s?(?:a|per|/|every)?\s?(?:day|week|daily|weekly)\b|\beasy (?:money|cash)\b|\bquick cash\b|"
        r"\bguaranteed (?:income|earnings)\b|\bunlimited (?:income|earning\w*)\b|\bget rich\b|\b(?:cash|income) from home\b|"
        r"\bno (?:prior )?experience (?:is )?(?:needed|required|necessary)\b[^.\n]{0,60}[$€£]\s?\d{3}",
    ),
    _caution(
        "asks for unpaid work first: {quote}",
        "unpaid free",
        r"\bunpaid (?:trial|test|sample|task)\w*|\bfree (?:sample|test task|trial task|trial project)\b",
    ),
    _caution(
        "chooses people by who they are: {quote}",
        "male males female females age aged years young men women girls boys",
        r"\b(?:fe)?males? (?:only|candidates? only|preferred)\b|\bonly (?:fe)?males?\b|\b(?:men|women|girls|boys) only\b|"
        r"\bage(?:d)?:? (?:limit|between|under|below)\b[^.\n]{0,12}\d\d|\b(?:under|below) \d\d years (?:old|of age)\b|\byoung (?:girls?|females?|males?)\b",
    ),
)
_MAIL = re.compile(_FREE_MAIL, re.IGNORECASE)


def find_cautions(text: str, words: Collection[str], *, pay: Pay | None, company: str | None) -> tuple[str, ...]:
    """Return the cautions of a title and text, given its set of words, what it pays and who it says it is."""
    found = [
        say(caution.says, quote=_quote(match[0]))
        for caution in _CAUTIONS
        if not caution.words.isdisjoint(words) and (match := caution.pattern.search(text))
    ]
    if company and "@" in text and (mail := _MAIL.search(text)):
        found.append(say("a company that answers from a free mail address: {quote}", quote=_quote(mail[0])))
    if pay and pay.unit == "hour" and pay.min >= _HOURLY_TOO_GOOD and pay.currency not in _SMALL_UNITS:
        found.append(say("pays far more an hour than usual: {quote}", quote=_quote(f"{pay.min:,.0f}")))
    return tuple(found)


def _quote(words: str) -> str:
    words = " ".join(words.split())
    return f"“{words}”" if len(words) <= QUOTE_MAX else f"“{words[: QUOTE_MAX - 1]}…”"
