"""Zone data of our own making, to replay how a release of the IANA database changed a zone."""

from __future__ import annotations

import struct
import zoneinfo
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def zone_file(rule: str, offset: int, letters: str) -> bytes:
    """A TZif file (RFC 8536) in which a POSIX rule has always held; `offset` (seconds) and `letters` are its winter."""
    header = b"TZif2" + bytes(15)
    counts = struct.pack(">6l", 0, 0, 0, 0, 1, len(letters) + 1)
    body = struct.pack(">lbb", offset, 0, 0) + letters.encode() + b"\0"
    block = header + counts + body
    return block + block + f"\n{rule}\n".encode()


@contextmanager
def replayed(folder: Path, zone: str, rule: str, offset: int, letters: str) -> Iterator[None]:
    """Inside, `zone` is what a release said it was; all other zones are as they are."""
    file = folder / zone
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(zone_file(rule, offset, letters))
    zoneinfo.reset_tzpath(to=[str(folder)])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        yield
    finally:
        zoneinfo.reset_tzpath(to=[])
        zoneinfo.ZoneInfo.clear_cache()
