"""What is paid: a small grammar for amounts, ranges, currencies and units, and the traps around it.

A posting names many sums: funding, revenue, a 401k, an ad budget, a bonus. An amount counts as pay by what stands
around it (a currency, a unit, a range, a word such as "salary"), and never where a trap stands beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from bot.leads.entry import Pay
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leads.entry import Unit

TEXT_MAX = 20_000
"""Characters of a text that are searched; a longer posting has said its pay by then."""

_CODES = "usd eur gbp chf cad aud nzd inr twd jpy cny sgd hkd pln sek nok dkk czk ils zar brl mxn php aed".split()
_CURRENCIES = {code: code.upper() for code in _CODES} | {
    "$": "USD", "us$": "USD", "usd$": "USD", "ca$": "CAD", "c$": "CAD", "au$": "AUD", "a$": "AUD", "nt$": "TWD",
    "hk$": "HKD", "s$": "SGD", "r$": "BRL", "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY", "zł": "PLN", "rmb": "CNY",
    "dollars": "USD", "euros": "EUR", "euro": "EUR", "pounds": "GBP", "rupees": "INR",
}  # fmt: skip
_CURRENCY = "|".join(re.escape(name) for name in sorted(_CURRENCIES, key=len, reverse=True))
_NUMBER = (
    r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|"
    r"\d{1,2}(?:,\d{2})+,\d{3}(?!\d)|"  # 15,00,000 in India
    r"\d+(?:[.,]\d{1,2}(?!\d))?"
)
_SCALE = r"(?:k|m|mm|mn|bn|b|million|billion|lpa|lakhs?|[萬万])(?![^\W\d_])"
_SCALES = {"k": 1_000, "lpa": 100_000, "lakh": 100_000, "lakhs": 100_000, "萬": 10_000, "万": 10_000}


def _amount(n: int) -> str:
    return rf"(?P<number{n}>{_NUMBER})\s?(?P<scale{n}>{_SCALE})?\s?(?P<after{n}>{_CURRENCY})?(?!\d)\+?"


_UNIT_BETWEEN = (
    r"\s?(?:/|per|p/)\s?(?:hours?|hrs?|h|days?|months?|mo|years?|yr)\b(?=\s?(?:-|–|—|to)\s?\W?\d)"  # "$40/hr-$50/hr"
)
_RANGE = re.compile(
    rf"{_amount(1)}(?:{_UNIT_BETWEEN})?"
    r"(?:\s{0,2}(?P<to>-|–|—|~|～|to|bis|à|and(?: up to)?|und|et|y|up to|至)\s{0,2}"
    rf"(?P<before2>{_CURRENCY})?\s?{_amount(2)})?",
    re.IGNORECASE,
)
# A number without a currency can be pay only after such a word.
_LABELS = (
    "pay", "paid", "salar", "rate", "wage", "earn", "compens", "offer", "remunera", "gehalt", "vergüt", "satz",
    "budget", "hourly", "bounty", "fixed", "薪",
)  # fmt: skip
_SIGNS = ("$", "€", "£", "₹", "¥", "元", "zł", "萬", "万")
_TRACES = (*_SIGNS, *_LABELS)
_NAMES = frozenset((*_CODES, "rmb", "dollars", "euro", "euros", "pounds", "rupees", "lpa", "lakh", "lakhs"))
_LETTERS = re.compile("[a-z]+")
_BLANKS = re.compile(" {2,}")
_LABEL_REACH = 48  # characters before a number
_TRACE_REACH = 24  # characters after it
_K_REACH = 10  # characters after it in which "k" may follow: "35 - 50k"
_DIGITS = re.compile(r"\d+")
_LONGEST_CURRENCY = max(map(len, _CURRENCIES))
_PER = r"(?:/|per|an?|each|pro|im|par|al|por|p/)\s?"
_UNIT_AFTER = re.compile(
    rf"[\s)\].*]{{0,3}}(?:or more|and up|usd|eur|gbp|gross|brutto|\s){{0,5}}(?:"
    rf"(?P<hour>{_PER}(?:hours?|hrs?|h|stunde|std|heure|hora)\b|hourly|ph\b)|"
    rf"(?P<day>{_PER}(?:days?|tag|jour|d[ií]a)\b|daily)|"
    rf"(?P<month>{_PER}(?:months?|mo|monat|mois|mes|mês)\b|monthly)|"
    rf"(?P<year>{_PER}(?:years?|yr|y|annum|jahr|año)\b|annual|yearly|p\.\s?a\.|pa\b)|"
    rf"(?P<fixed>fixed|flat|(?:for|/|per) (?:the |this |each |whole ){{0,2}}(?:project|job|gig)\b|(?:in )?total)|"
    rf"(?P<other>{_PER}(?:week|wk|word|article|image|video|task|user|seat|lead|click|sale)|weekly))",
    re.IGNORECASE,
)
_UNIT_WORDS: dict[str, Unit] = {
    "hourly": "hour", "stundensatz": "hour", "stundenlohn": "hour", "daily": "day", "day": "day", "tagessatz": "day",
    "tjm": "day", "monthly": "month", "monatlich": "month", "annual": "year", "annually": "year", "yearly": "year",
    "base": "year", "jahresgehalt": "year", "fixed": "fixed",
}  # fmt: skip
_OTHER_UNIT: Literal["other"] = "other"  # by the week, word or piece: not one of ours
_UNITS: dict[str, Unit | Literal["other"]] = {
    "hour": "hour", "day": "day", "month": "month", "year": "year", "fixed": "fixed", "other": _OTHER_UNIT,
}  # fmt: skip
_CHINESE_UNITS: dict[str, Unit] = {"時薪": "hour", "时薪": "hour", "日薪": "day", "月薪": "month", "年薪": "year"}
_BUDGET = re.compile(r"budget\W{0,6}$", re.IGNORECASE)
_PAY_WORDS = frozenset(
    "salary salaries compensation comp pay pays paying paid rate rates wage wages earn earning offering offer offers "
    "remuneration gehalt vergütung stundensatz tagessatz jahresgehalt salaire salario budget hourly bounty fixed "
    "payment".split()
)
_TRAPS_BEFORE = frozenset(
    "raised raise raising fund funded funding funds seed revenue revenues valuation valued worth profit profits save "
    "saved saving spend spent spending generate generated generating transactions processed processing invest invested "
    "investment backed backing bonus bonuses stipend referral reimbursement reimburse allowance prize prizes "
    "subscription plan plans price priced prices pricing cost costs donated 401 insurance match gym wellness "
    "relocation invoice invoices sold selling sellers customers clients users account accounts loan loans house houses "
    "homes last previous former was commission average".split()
)
_OTHER_BUDGETS = frozenset(
    "ad ads advertising marketing media office learning training education travel equipment conference".split()
)
_TRAPS_AFTER = frozenset(
    "raised fund funded funding revenue revenues arr mrr valuation sales bonus bonuses stipend allowance referral "
    "prize prizes seed series investment credit credits customers users match assets loans toward towards spend "
    "worth profit".split()
)
_AND = frozenset({"and", "und", "et", "y"})  # joins a range only after "between"
_TRAP_REACH = 4  # words
_PAY_REACH = 10
_CLAUSE_BEFORE = re.compile(r"[.;|\n](?!\d)")
_CLAUSE_AFTER = re.compile(r"[.;|,+&(\n]|\bplus\b|\band\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_COUNTED = re.compile(
    r"\s?(?:%|\+?\s?(?:years?|yrs?|hours?|hrs|days?|weeks?|months?|people|employees|x|am|pm)\b)", re.IGNORECASE
)
_PLAUSIBLE: dict[Unit | None, tuple[float, float]] = {
    "hour": (1, 1_500), "day": (10, 10_000), "month": (50, 500_000), "year": (1_000, 20_000_000),
    "fixed": (1, 5_000_000), None: (1, 5_000_000),
}  # fmt: skip
_WIDEST = 20  # times the lower bound; a wider "range" is two numbers that happen to stand together
_YEARLY_FROM = 15_000  # a bare sum of this size in a posting is a year's pay
_IN_THOUSANDS = (40, 400)  # the lower bound of a yearly range whose thousands are left out
_HOME_CURRENCIES = {
    "US": "USD", "UK": "GBP", "Canada": "CAD", "Australia": "AUD", "New Zealand": "NZD", "Switzerland": "CHF",
    "India": "INR", "Singapore": "SGD", "Poland": "PLN", "Sweden": "SEK", "Norway": "NOK", "Denmark": "DKK",
} | dict.fromkeys(
    "Germany Austria France Spain Portugal Italy Netherlands Belgium Ireland Finland Greece Europe".split(), "EUR"
)  # fmt: skip
_ENOUGH = 2.5  # of the weights in `_weigh`
_TAIWAN = re.compile("[時體業資發數電腦臺灣應]")  # characters written so in Taiwan, not in the People's Republic


_SAID_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥"}
_SAID_UNITS = {"hour": "/h", "day": "/day", "month": "/month", "year": "/year", "fixed": " fixed"}


class _Found(NamedTuple):
    pay: Pay
    weight: float
    end: int


def find_pay(text: str) -> Pay | None:
    """Return what `text` offers for the work, or None.

    Where several roles have their pay stated alike, the range runs from the least to the most.
    """
    text = text[:TEXT_MAX]
    found = list(_search(_BLANKS.sub(" ", text) if "  " in text else text))
    if not found:
        return None
    best = max(found, key=lambda one: one.weight)
    kind = (best.pay.currency, best.pay.unit)
    alike = [one.pay for one in found if one.weight == best.weight and (one.pay.currency, one.pay.unit) == kind]
    return Pay(min(pay.min for pay in alike), max(pay.max for pay in alike), *kind)


def complete_pay(pay: Pay, text: str, *, region: str | None, full_time: bool, thread: bool) -> Pay:
    """Return `pay` with what its writer left to be understood.

    "$130-$250" for a full-time job means thousands a year; "85-120k" without a currency, that of the place (the first
    of `region`) or, in a hiring thread's headline, dollars. A sum that is written out, "20000-28000", is left as it is.
    """
    low, high = pay.min, pay.max
    if full_time and pay.unit is None and pay.currency and low < high and _IN_THOUSANDS[0] <= low <= _IN_THOUSANDS[1]:
        return Pay(low * 1000, high * 1000, pay.currency, "year")
    if pay.currency is None and re.search(rf"(?<!\d){high / 1000:g}\s?k\b", text, re.IGNORECASE):
        home = _HOME_CURRENCIES.get((region or "").partition(",")[0], "USD" if thread and not region else None)
        return Pay(low, high, home, pay.unit)
    return pay


def pay_words(pay: Pay | None) -> str:
    """Return a rate as people write it: "$80–110/h", "€3,000 fixed"; says so when there is none."""
    if pay is None:
        return say("Rate not stated")
    low, high = _figure(pay.min), _figure(pay.max)
    figures = low if low == high else f"{low}–{high}"
    sign = _SAID_SIGNS.get(pay.currency or "", "")
    code = f" {pay.currency}" if pay.currency and not sign else ""
    return f"{sign}{figures}{code}{_SAID_UNITS.get(pay.unit or '', '')}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _search(text: str) -> Iterator[_Found]:
    lower = text.lower()
    traces = [trace for trace in _TRACES if trace in lower]  # spares most numbers the rest
    end = 0
    for digits in _DIGITS.finditer(text):
        start, stop = digits.span()
        if start < end or _within_word(text, start) or _COUNTED.match(text, stop):
            continue
        near = lower[max(0, start - _LABEL_REACH) : stop + _TRACE_REACH]
        if not (
            any(map(near.__contains__, traces))
            or "k" in lower[stop : stop + _K_REACH]
            or not _NAMES.isdisjoint(_LETTERS.findall(near))
        ):
            continue
        if (amount := _RANGE.match(text, start)) and (found := _read(amount, text)):
            end = found.end
            yield found


def _read(amount: re.Match[str], text: str) -> _Found | None:
    start = amount.start()
    is_range = _is_range(amount, text[max(0, start - 16) : start])
    sign = _currency_before(text[max(0, start - 8) : start].lower())
    scales = {(amount["scale1"] or "").lower(), ((amount["scale2"] if is_range else "") or "").lower()} - {""}
    named = sign or amount["after1"] or (is_range and (amount["before2"] or amount["after2"])) or ""
    labelled = named or scales or _has_label(text[max(0, start - _LABEL_REACH) : start])
    if not labelled or not scales <= _SCALES.keys() or amount["number1"] == "401":
        return None
    end = amount.end() if is_range or not amount["to"] else amount.start("to")
    before, after = text[max(0, start - 80) : start], text[end : end + 60]
    before_words = _WORD.findall(_CLAUSE_BEFORE.split(before)[-1].lower())
    if _COUNTED.match(after) or _is_trapped(before_words, after):
        return None
    low, high = _bounds(amount, is_range=is_range)
    indian = not scales.isdisjoint({"lpa", "lakh", "lakhs"})
    currency = _CURRENCIES.get(named.lower()) or _yuan(before, after, text) or ("INR" if indian else None)
    unit = _unit(before, before_words, after) or ("year" if "lpa" in scales else None)
    if unit == _OTHER_UNIT:
        return None
    pay_word = "薪" in before[-4:] or not _PAY_WORDS.isdisjoint(before_words[-_PAY_REACH:])
    weight = _weigh(currency=bool(currency), unit=bool(unit), pay_word=pay_word, is_range=is_range, scaled=bool(scales))
    pay = Pay(low, high, currency, unit or ("year" if high >= _YEARLY_FROM else None))
    least, most = _PLAUSIBLE[pay.unit]
    if weight < _ENOUGH or not least <= low <= high <= most or high > low * _WIDEST:
        return None
    return _Found(pay, weight, end)


def _currency_before(before: str) -> str:
    """Return the name of a currency with which `before` ends, the longest there is, or ""."""
    before = before.removesuffix(" ")
    for size in range(min(_LONGEST_CURRENCY, len(before)), 0, -1):
        name = before[-size:]
        if name in _CURRENCIES and not before[-size - 1 : -size].isalpha():
            return name
    return ""


def _has_label(before: str) -> bool:
    before = before.lower()
    return any(label in before for label in _LABELS)


def _weigh(*, currency: bool, unit: bool, pay_word: bool, is_range: bool, scaled: bool) -> float:
    # A currency, a unit and a word for pay each say as much: two of the three are enough, or a range of thousands.
    return 2 * (currency + unit + pay_word) + 1.5 * is_range + scaled


def _within_word(text: str, start: int) -> bool:
    """Whether the number that starts here is a part of a word, an address or a longer number."""
    before = text[start - 1 : start]
    if before.isascii() and before.isalpha():
        return text[max(0, start - 3) : start].lower() not in _CURRENCIES
    return before != "" and before in "_#/=.,-+"


def _is_range(amount: re.Match[str], before: str) -> bool:
    if not amount["to"]:
        return False
    return amount["to"].lower() not in _AND or any(word in before.lower() for word in ("between", "zwischen", "entre"))


def _is_trapped(before_words: list[str], after: str) -> bool:
    if before_words[-2:] == ["fixed", "price"]:
        return False
    near = before_words[-_TRAP_REACH - 1 :]
    if "budget" in near and not _OTHER_BUDGETS.isdisjoint(near[: near.index("budget")][-1:]):
        return True
    after_words = _WORD.findall(_CLAUSE_AFTER.split(after, maxsplit=1)[0].lower())
    return not (
        _TRAPS_BEFORE.isdisjoint(before_words[-_TRAP_REACH:]) and _TRAPS_AFTER.isdisjoint(after_words[:_TRAP_REACH])
    )


def _bounds(amount: re.Match[str], *, is_range: bool) -> tuple[float, float]:
    scales = [_SCALES.get((amount[name] or "").lower(), 1) for name in ("scale1", "scale2")]
    low = _value(amount["number1"]) * scales[0]
    if not is_range:
        return low, low
    high = _value(amount["number2"]) * scales[1]
    if scales[0] == 1 < scales[1] and low < 1000:  # "35-50k"
        low *= scales[1]
    elif scales[1] == 1 < scales[0] and high < 1000:  # "$35k-50"
        high *= scales[0]
    return min(low, high), max(low, high)


def _value(number: str) -> float:
    if re.fullmatch(r"\d+,\d{1,2}", number):
        return float(number.replace(",", "."))  # 12,50
    whole, _, cents = number.rpartition(".") if re.search(r"\.\d{1,2}$", number) else (number, "", "")
    return float(re.sub(r"\D", "", whole) + (f".{cents}" if cents else ""))


def _unit(before: str, before_words: list[str], after: str) -> Unit | Literal["other"] | None:
    stated = _UNIT_AFTER.match(after)
    if stated:
        return _UNITS[stated.lastgroup or _OTHER_UNIT]
    for word in reversed(before_words[-_TRAP_REACH:]):
        if word in _UNIT_WORDS:
            return _UNIT_WORDS[word]
    return "fixed" if _BUDGET.search(before[-16:]) else _CHINESE_UNITS.get(before.rstrip()[-2:])


def _yuan(before: str, after: str, text: str) -> str | None:
    if not (after.lstrip()[:1] == "元" or before.rstrip()[-1:] == "薪"):
        return None
    return "TWD" if _TAIWAN.search(text) else "CNY"
