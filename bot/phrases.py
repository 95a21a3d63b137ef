"""Find many known phrases in a text at once: split it into words, then walk a tree of the phrases' words.

The time is linear in the text, whatever it holds: from each word the walk goes on at most as far as the longest phrase.
"""

from __future__ import annotations

import re
from itertools import compress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")
U = TypeVar("U")

_Node = dict[str, Any]  # a phrase's next word -> what may follow it; _END -> the value of the phrase that ends here
_END = ""

_HAN_AND_KANA = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
# Chinese and Japanese put no space between words: each character counts as a word there. C++ and C# are words, not C.
_WORD = re.compile(rf"[^\W_{_HAN_AND_KANA}]+(?:\+\+|#)?|[{_HAN_AND_KANA}]")
_LINE_END = re.compile("[!?;|]")
_DOTNET = re.compile(r"(?<![^\W_])\.net\b")
# Where a sentence ends beside the end of a line; what stands alone ends one wherever it is.
_ENDS = (". ", "\u2022", "。", "！", "？", "；")
_ASCII_ENDS = "!?;|"
_DIVIDED = (
    bytes(
        ord("\n") if chr(code) in f"\n{_ASCII_ENDS}" else ord(chr(code).lower()) if chr(code).isalnum() else ord(" ")
        for code in range(128)
    )
    + b" " * 128
)
# What is neither ASCII nor one of the signs that typography and emoji bring into English: letters of other languages.
_OTHER_LETTERS = re.compile(
    "[^\x00-\x7f\xa0-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u2000-\u206f\u20a0-\u20bf\u2190-\u23ff\u2500-\u2775\ufe0f"
    "\U0001f300-\U0001faff]"
)


def split_words(text: str) -> list[str]:
    """Return the words of `text` in lower case; whatever is neither letter nor digit only divides them."""
    text = _plain(text)
    return _divide(text).split() if _is_simple(text) else _WORD.findall(text)


def split_sentences(text: str) -> tuple[list[str], list[int]]:
    """Return the words of `text`, and where in them each sentence (or line, or list item) begins."""
    text = _plain(text)
    for end in _ENDS[:1] if text.isascii() else _ENDS:
        text = text.replace(end, "\n")
    simple = _is_simple(text)
    words: list[str] = []
    starts: list[int] = []
    for sentence in (_divide(text) if simple else _LINE_END.sub("\n", text)).split("\n"):
        found = sentence.split() if simple else _WORD.findall(sentence)
        if found:
            starts.append(len(words))
            words += found
    return words, starts


def _plain(text: str) -> str:
    text = text.lower()
    return _DOTNET.sub(" dotnet", text) if ".net" in text else text


def _is_simple(text: str) -> bool:
    """Whether words can be told by bytes, ten times as fast: no letters but ASCII's, and none of C++ and C#."""
    return not ("++" in text or "#" in text or (not text.isascii() and _OTHER_LETTERS.search(text)))


def _divide(text: str) -> str:
    """Return a simple text with its words divided by spaces and its sentences by newlines."""
    return text.encode("ascii", "replace").translate(_DIVIDED).decode("ascii")


Hit = tuple[int, int, T]
"""A phrase seen in a text: the word it begins with, counted from 0; how many words it has; its value."""


class Phrases(Generic[T]):
    """A fixed set of phrases, each with a value. Of phrases that begin at the same word the longest wins."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        self._tree = _Tree()
        for phrase, value in phrases:
            self._tree.add(split_words(phrase))[_END] = value

    def find(self, words: Sequence[str]) -> list[Hit[T]]:
        """Return the phrases in `words`, in order; no word belongs to two of them."""
        root, most = self._tree.root, len(words)
        hits: list[Hit[T]] = []
        free = 0
        for at in self._tree.beginnings(words):
            if at < free:
                continue
            node, end, found, value = root[words[at]], at + 1, 0, None
            while node is not None:
                if _END in node:
                    found, value = end, node[_END]
                if end == most:
                    break
                node = node.get(words[end])
                end += 1
            if found:
                hits.append((at, found - at, value))  # type: ignore[arg-type]
                free = found
        return hits


class PhrasePair(Generic[T, U]):
    """Two sets of phrases that are looked for in one walk, each as if it were alone."""

    def __init__(self, one: Iterable[tuple[str, T]], other: Iterable[tuple[str, U]]) -> None:
        self._tree = _Tree()
        for which, phrases in enumerate((one, other)):
            for phrase, value in phrases:
                self._tree.add(split_words(phrase)).setdefault(_END, [None, None])[which] = value

    def find(self, words: Sequence[str]) -> tuple[list[Hit[T]], list[Hit[U]]]:
        """Return the phrases of either set in `words`, in order; no word belongs to two of one set."""
        root, most = self._tree.root, len(words)
        ones: list[Hit[T]] = []
        others: list[Hit[U]] = []
        free_one = free_other = 0
        for at in self._tree.beginnings(words):
            node, end, one_end, other_end, one, other = root[words[at]], at + 1, 0, 0, None, None
            while node is not None:
                if _END in node:
                    first, second = node[_END]
                    if first is not None:
                        one_end, one = end, first
                    if second is not None:
                        other_end, other = end, second
                if end == most:
                    break
                node = node.get(words[end])
                end += 1
            if one_end and at >= free_one:
                ones.append((at, one_end - at, one))  # type: ignore[arg-type]
                free_one = one_end
            if other_end and at >= free_other:
                others.append((at, other_end - at, other))  # type: ignore[arg-type]
                free_other = other_end
        return ones, others


class _Tree:
    """The words of phrases: each leads to those that may follow it."""

    def __init__(self) -> None:
        self.root: _Node = {}
        self._singles: set[str] = set()  # phrases of one word
        self._seconds: dict[str, set[str]] = {}  # what may follow the first word of a longer one

    def add(self, words: Sequence[str]) -> _Node:
        """Return the place of the phrase of these words."""
        if len(words) == 1:
            self._singles.add(words[0])
        self._seconds.setdefault(words[0], set()).update(words[1:2])
        node = self.root
        for word in words:
            node = node.setdefault(word, {})
        return node

    def beginnings(self, words: Sequence[str]) -> list[int]:
        """Return where in `words` a phrase may begin: at a phrase of one word, or at the first two of a longer one."""
        singles, seconds = self._singles, self._seconds
        following = [*words[1:], ""]
        return [
            at
            for at in compress(range(len(words)), map(seconds.__contains__, words))
            if words[at] in singles or following[at] in seconds[words[at]]
        ]
