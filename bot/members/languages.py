"""Languages as people write them, and their two letters (ISO 639-1)."""

from __future__ import annotations

from functools import cache

_NAMES = """
af Afrikaans
am Amharic, አማርኛ
ar Arabic, العربية
az Azerbaijani, Azərbaycanca
be Belarusian, беларуская
bg Bulgarian, български
bn Bengali, Bangla, বাংলা
bs Bosnian, bosanski
ca Catalan, català
cs Czech, čeština
cy Welsh, Cymraeg
da Danish, dansk
de German, Deutsch
el Greek, ελληνικά
en English
eo Esperanto
es Spanish, español, castellano
et Estonian, eesti
eu Basque, euskara
fa Persian, Farsi, فارسی
fi Finnish, suomi
tl Filipino, Tagalog, fil
fr French, français
ga Irish, Gaeilge
gl Galician, galego
gu Gujarati, ગુજરાતી
ha Hausa
he Hebrew, עברית
hi Hindi, हिन्दी
hr Croatian, hrvatski
hu Hungarian, magyar
hy Armenian, հայերեն
id Indonesian, Bahasa Indonesia, Bahasa
ig Igbo
is Icelandic, íslenska
it Italian, italiano
ja Japanese, 日本語
ka Georgian, ქართული
kk Kazakh, қазақша
km Khmer, ខ្មែរ
kn Kannada, ಕನ್ನಡ
ko Korean, 한국어
lt Lithuanian, lietuvių
lv Latvian, latviešu
mk Macedonian, македонски
ml Malayalam, മലയാളം
mr Marathi, मराठी
ms Malay, Bahasa Melayu
my Burmese, မြန်မာ
nb Norwegian, norsk, bokmål, no
ne Nepali, नेपाली
nl Dutch, Nederlands, Flemish
pa Punjabi, ਪੰਜਾਬੀ
pl Polish, polski
pt Portuguese, português
ro Romanian, română
ru Russian, русский
si Sinhala, සිංහල
sk Slovak, slovenčina
sl Slovenian, slovene, slovenščina
sq Albanian, shqip
sr Serbian, srpski, српски
sv Swedish, svenska
sw Swahili, Kiswahili
ta Tamil, தமிழ்
te Telugu, తెలుగు
th Thai, ไทย
tr Turkish, Türkçe
uk Ukrainian, українська
ur Urdu, اردو
uz Uzbek, oʻzbek
vi Vietnamese, Tiếng Việt
yo Yoruba
zh Chinese, Mandarin, Cantonese, 中文, 汉语, 漢語
zu Zulu
"""


@cache
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """The English names by code, and the codes by everything that people may write."""
    names: dict[str, str] = {}
    codes: dict[str, str] = {}
    for line in _NAMES.strip().splitlines():
        code, _, rest = line.partition(" ")
        words = [name.strip() for name in rest.split(",")]
        names[code] = words[0]
        codes |= dict.fromkeys((code, *(word.casefold() for word in words)), code)
    return names, codes


def language_code(words: str) -> str | None:
    """The code of the language that somebody means, by its English or own name or its code; None if we don't know it.

    A region is left out: "pt-BR" is "pt".
    """
    wanted = " ".join(words.casefold().split())
    codes = _known()[1]
    return codes.get(wanted) or codes.get(wanted.replace("_", "-").partition("-")[0])


def language_name(code: str) -> str:
    """The English name of a language, or the code itself where we don't know it."""
    return _known()[0].get(code, code)
