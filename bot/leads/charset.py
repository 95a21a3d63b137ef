"""From the bytes of a page to its text: byte-order mark, valid UTF-8, the server's or the page's word, Windows-1252."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = ((b"<\x00?\x00", "utf-16-le"), (b"\x00<\x00?", "utf-16-be"), (b"<\x00r\x00", "utf-16-le"))
# what pages mean when they name an old standard: its superset, as browsers read it
_MEANT = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
}
_ESCAPING = ("iso-2022", "hz", "utf-7")  # these look like ASCII, which is valid UTF-8
_NAMED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z][A-Za-z0-9_.:-]{1,30})""")
_STRAY = "guildhall.stray-cp1252"  # our name for the decoding rule below
_IN_HEADER = re.compile(r"""charset\s*=\s*["']?([A-Za-z][A-Za-z0-9_.:-]{1,30})""", re.IGNORECASE)


def decode(body: bytes, content_type: str = "") -> str:
    """The text of `body`, never failing.

    Valid UTF-8 is UTF-8 whatever anybody says, for other encodings hardly ever look like it. `content_type` is the
    HTTP header.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for beginning, encoding in _UNMARKED:
        if body.startswith(beginning):
            return body.decode(encoding, "replace")
    in_header = _IN_HEADER.search(content_type)
    in_page = _NAMED.search(body[:1024])
    named = [match[1] for match in (in_header,) if match] + [match[1].decode() for match in (in_page,) if match]
    encodings = [_MEANT.get(name.lower(), name.lower()) for name in named]
    if not any(name.startswith(_ESCAPING) for name in encodings):
        encodings.insert(0, "utf-8")
    for encoding in encodings:
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    # UTF-8 with stray Windows-1252 in it, as when quotes were pasted into a template; or Windows-1252 throughout
    return body.decode("utf-8", _STRAY) if "utf-8" in encodings[1:] else body.decode("cp1252", "replace")


def _read_stray(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_STRAY, _read_stray)
