"""English times as a table for `bot/grammar.py`. Rules are explained in `bot/days.py` and `bot/typed.py`."""

from __future__ import annotations

from bot.grammar import CLOCK, DAY, PART, SPAN, STAMP, Language

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = "january february march april may june july august september october november december".split()
_SMALL = "one two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = "first second third fourth fifth".split()
_NTH = {f"{n}{'th' if 10 < n < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}": n for n in range(1, 32)}

_VAGUE = (
    "around|about|approximately|roughly|by|before|after|until|till|soon|later|asap|eod|cob|eow|eom|sometime|whenever|"
    "now|lunch|lunchtime|dinner|breakfast|end of|start of|mid"
)

_NUMBERS = {word: n for n, word in enumerate(_SMALL, 1)}

ENGLISH = Language(
    words={
        "weekday": {name: n for n, name in enumerate(_WEEKDAYS)}
        | {name[:3]: n for n, name in enumerate(_WEEKDAYS)}
        | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
        | {"wensday": 2, "wednsday": 2, "wendesday": 2, "thrusday": 3, "thursady": 3, "firday": 4, "satruday": 5},
        "month": {name: n for n, name in enumerate(_MONTHS, 1)}
        | {name[:3]: n for n, name in enumerate(_MONTHS, 1)}
        | {"sept": 9, "febuary": 2, "ocotber": 10, "novemeber": 11, "decemeber": 12},
        "relative": {"today": 0, "tomorrow": 1, "the day after tomorrow": 2, "day after tomorrow": 2}
        | {"tmrw": 1, "tmr": 1, "tmw": 1, "tomorow": 1, "tommorow": 1, "tommorrow": 1, "2morrow": 1, "tomorrrow": 1}
        | {"yesterday": -1, "the day before yesterday": -2},
        "plainday": {"today": 0, "tomorrow": 1, "tmrw": 1},
        "part": dict.fromkeys(("in the morning", "morning"), "morning")
        | dict.fromkeys(("in the afternoon", "afternoon"), "afternoon")
        | dict.fromkeys(("in the evening", "evening"), "evening")
        | dict.fromkeys(("at night", "night", "in the night"), "night"),
        "todays": {"this morning": "morning", "this afternoon": "afternoon", "this evening": "evening"}
        | {"tonight": "tonight"},
        "n": {"a": 1, "an": 1, **_NUMBERS, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40}
        | {"forty-five": 45, "sixty": 60, "ninety": 90},
        "hour": _NUMBERS,
        "spoken": {"oh five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45},
        "dom": _NTH,
        "nth": _NTH,
        "ordinal": {name: n for n, name in enumerate(_ORDINALS, 1)}
        | {name: n for name, n in _NTH.items() if n <= 5}
        | {"last": -1},
        "half": {"am": 0, "pm": 12, "a": 0, "p": 12},
        "days": dict.fromkeys(("day", "days"), 1)
        | dict.fromkeys(("week", "weeks", "wk", "wks"), 7)
        | dict.fromkeys(("fortnight", "fortnights"), 14),
        "months": dict.fromkeys(("month", "months"), 1) | dict.fromkeys(("year", "years"), 12),
        "seconds": dict.fromkeys(("minute", "minutes", "min", "mins", "m"), 60)
        | dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), 3600),
        "fraction": {"half an hour": 1800, "half hour": 1800, "a half hour": 1800, "a quarter of an hour": 900},
    },
    templates={
        STAMP: (
            (r"<{weekday}> {year}-{number}-{number2}(?:~t~| at | ){hours2}:{minute}(?::{second}(?:\.0+)?)?", "stamp"),
            (r"{year}{month2}{dom2}t{hours2}{minute}(?:{second})?", "packed stamp"),
        ),
        SPAN: (
            ("in {fraction}", "fraction"),
            ("{fraction} from now", "fraction"),
            (r"(?:in |\+ ?){n}~{seconds}", "span"),
            (r"(?:in |\+ ?){n}~{seconds}(?: and)?~{n2}~{seconds2}", "span"),
            (r"(?:in |\+ ?){n}h{minute}", "hours and minutes"),
            (r"in {n} {seconds} and a half", "span and a half"),
            ("{n}~{seconds} from now", "span"),
            ("{n}~{seconds} ago", "ago"),
        ),
        DAY: (
            ("{todays}", "part of today"),
            ("{relative}", "relative"),
            ("<on|this coming|coming|the coming|upcoming> {weekday}", "weekday"),
            ("<on> this {weekday}", "this weekday"),
            ("<on> {weekday} this week", "this weekday"),
            ("this week <on> {weekday}", "this weekday"),
            ("<on> next {weekday}", "next weekday"),
            ("<on> {weekday} <of> next week", "weekday of next week"),
            ("next week <on> {weekday}", "weekday of next week"),
            ("(?:a|one|1) week (?:on|from) <this> {weekday}", "weekday and weeks"),
            ("{weekday} week", "weekday and weeks"),
            ("{n} weeks from <this> {weekday}", "weekday and weeks"),
            ("(?:a|one|1) week <from> {plainday}", "relative and a week"),
            ("{plainday} week", "relative and a week"),
            ("in {n}~{days}", "in days"),
            ("<in> {n}~{days} from (?:now|today)", "in days"),
            ("{n}~{days} from {relative}", "days from"),
            ("in <exactly> {n} {months}", "in months"),
            ("{n} {months} from (?:now|today)", "in months"),
            ("{n}~{days} ago", "days ago"),
            ("(?:last|past) {weekday}", "last weekday"),
            ("<on> <{weekday}> <the> {dom} <of> {month}", "date"),
            ("<on> <{weekday}> <the> {dom} <of> {month} {year}", "date"),
            ("<on> <{weekday}> <the> {dom} <of> {month} {shortyear}", "date"),
            (r"<on> <{weekday}> {dom}[-/]{month}(?:[-/]{year})?", "date"),
            ("<on> <{weekday}> {month} <the> {dom}", "date"),
            ("<on> <{weekday}> {month} <the> {dom} {year}", "date"),
            ("<on> <{weekday}> {month} <the> {dom} {shortyear}", "date"),
            ("<on|of> <{weekday}> <the> {nth} <of this month|this month>", "day of month"),
            ("<on> {weekday} <the> {dom}", "day of month"),
            ("<on> <{weekday}> <the> {nth} <of> next month", "day of next month"),
            ("<on> <the> {ordinal} {weekday} (?:of|in) <the|this> month", "nth weekday"),
            ("<on> <the> {ordinal} {weekday} (?:of|in) next month", "nth weekday of next month"),
            ("<on> <the> {ordinal} {weekday} (?:of|in) {month} <{year}>", "nth weekday"),
            (r"<on> <{weekday}> {number}[/.]{number2}\.?", "numbers"),
            (r"<on> <{weekday}> {number}{mark}{number2}(?P=mark){year}", "numbers"),
            (r"<on> <{weekday}> {number}{mark}{number2}(?P=mark){shortyear}", "numbers"),
            (r"<on> <{weekday}> {year}{mark}{number}(?P=mark){number2}", "year first"),
        ),
        CLOCK: (
            ("<at|@> {hour}~{half}", "twelve"),
            (r"<at|@> {hour}[:. ]{minute}~{half}", "twelve"),
            ("<at|@> {hour} o'clock <{half}>", "twelve"),
            ("<at|@> {hour} <o'clock>", "twelve"),
            ("<at|@> {late} o'clock", "clock"),
            ("<at|@> {hour} {spoken} {half}", "spoken"),
            ("<at|@> {hours}:{minute}(?::{second})?", "clock"),
            ("<at|@> {hours}[:h]{minute}(?:~(?:h|hrs|hours))?", "clock"),
            ("<at|@> {hours}~(?:h|hrs)", "clock"),
            (r"<at|@> {hours}\.{minute}", "clock"),
            ("(?:at |@ ?){late}", "clock"),
            (r"<at|@> {hours2}{minute}~(?:h|hrs|hours)", "clock"),
            (r"(?:at |@ ?){hours2}{minute}", "clock"),
            ("<at|at the> same time", "same"),
            (r"(?!20[0-5]){hours2}{minute}", "clock beside a day"),
            ("<at|@> (?:noon|midday|12 noon|12:00 noon|noontime)", "noon"),
            ("<at|@> (?:midnight|12 midnight)", "midnight"),
            ("<at> half past {hour}(?:~{half})?", "half past"),
            ("<at> <a> quarter past {hour}(?:~{half})?", "quarter past"),
            ("<at> <a> quarter (?:to|of|before) {hour}(?:~{half})?", "quarter to"),
            ("<at> {n} <minutes> past {hour}(?:~{half})?", "minutes past"),
            ("<at> {n} <minutes> to {hour}(?:~{half})?", "minutes to"),
        ),
        PART: (("{part}", "part"),),
    },
    tidying=(
        (r"(?<![a-z])([ap])\.? ?m\b\.?", r"\1m"),
        (r"(?<=[a-z])\.(?= |$)", ""),
        (r"\b(hours?|hrs?|minutes?|mins?|days?|weeks?|months?)'? time\b", r"\1"),
        (r"(?<=[\w.]) ?@ ?(?=\w)", " @ "),
        (r"^@ ?(?=\w)", "@ "),
        (r"(?<=\d)z\b", " z"),
        (r"\boclock\b|\bo' clock\b", "o'clock"),
        (r"\bat around\b", "around"),
    ),
    zone_before=r"(?:in (?:the )?)?",
    zone_after=r"(?:'s)?(?: local)? time(?: ?zone)?\b",
    own_zone=r"(?:in )?(?:my|our|local|my local) time(?:zone)?",
    hints=(
        (
            r"\b(?:every|each|daily|weekly|monthly|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays)\b",
            "E-TIME",
            "That is more than one time. Write the first one, such as Tue 24 Nov 18:00.",
        ),
        (
            r"^\d[\d.]* ?(?:m|mins?|minutes?|h|hrs?|hours?|days?|weeks?|months?)$",
            "E-TIME",
            "Write how long from now with “in” before it, such as in 2 hours.",
        ),
        (
            r"(?<!\d)(?:0?0|1[3-9]|2\d)(?:[:.]\d\d)? ?[ap]m\b",
            "E-TIME",
            "am and pm go with the hours 1 to 12: write 17:00 or 5pm.",
        ),
        (
            r"\b(?:ago|yesterday|last|past|previous)\b",
            "E-PAST",
            "That's in the past. Write a time that is still to come.",
        ),
        (
            r"\d ?(?:am|pm)? ?(?:-|–|—|to|until|till) ?\d|\bbetween\b|\bfrom \d|\bor\b",
            "E-TIME",
            "That is more than one time. Write the start alone, such as Tue 24 Nov 18:00.",
        ),
        (
            rf"\b(?:{_VAGUE})\b|ish\b",
            "E-TIME",
            "I need an exact time, such as Tue 24 Nov 18:00.",
        ),
        (
            rf"\b(?:week|weekend|month|year|quarter|eve|{'|'.join((*_MONTHS, *(name[:3] for name in _MONTHS)))})\b",
            "E-TIME",
            "I need a day and a time, such as Tue 24 Nov 18:00.",
        ),
    ),
)
