"""Unpacking of gzip and deflate in bounded steps: never more bytes out than there is room for."""

from __future__ import annotations

import zlib

_UNREADABLE = {"br", "zstd", "compress", "x-compress", "dcb", "dcz"}
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BadPacking(Exception):
    """The body is not what its Content-Encoding says, or it broke off."""


class Unpacker:
    """Turns the chunks of a body into what was packed. `coding` is the Content-Encoding header.

    A header that names no packing at all ("utf-8" has been seen) is taken for none.
    """

    def __init__(self, coding: str) -> None:
        coding = coding.strip().lower()
        if coding in _UNREADABLE or "," in coding:
            raise BadPacking(coding)
        self._wbits = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}.get(coding, 0)
        self._stream = zlib.decompressobj(self._wbits) if self._wbits else None
        self._begun = False

    def feed(self, chunk: bytes, room: int) -> bytes:
        """What `chunk` holds, at most about `room` bytes; once that many came out, the rest is not read.

        Raises `BadPacking`.
        """
        if self._stream is None:
            return chunk
        unpacked = bytearray()
        while chunk and len(unpacked) < room:
            try:
                unpacked += self._stream.decompress(chunk, room - len(unpacked))
            except zlib.error as error:
                if self._begun or self._wbits != _ZLIB:
                    raise BadPacking(str(error)) from None
                self._wbits = _RAW  # deflate without its wrapper, as some servers send it
                self._stream = zlib.decompressobj(_RAW)
                self._begun = True
                continue
            self._begun = True
            chunk = self._stream.unused_data if self._stream.eof else b""
            if chunk[:2] == b"\x1f\x8b" and self._wbits == _GZIP:
                self._stream = zlib.decompressobj(_GZIP)  # another member
            elif self._stream.eof:
                break  # padding after the end
        return bytes(unpacked)

    def finish(self) -> None:
        """Say that the body is over. Raises `BadPacking` if it broke off."""
        if self._stream is not None and self._begun and not self._stream.eof:
            raise BadPacking("broke off")
