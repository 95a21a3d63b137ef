"""The skill taxonomy (`taxonomy.toml`) and how the words of a text or of a person map to it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bot.phrases import Phrases, split_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.phrases import Hit

TYPED_MAX = 80
"""Characters of a typed skill that are looked at; the longest name has 40."""

SUGGESTIONS = 5

_CLOSE = 0.72  # similarity from which a typing slip is taken for the word; below it "rust" suggests "trust"
_SLIP = 0.65  # as near as two letters of three are
_LIST_GROUPS = frozenset({"programming", "data"})

Trust = Literal["sure", "context", "list"]
"""How far a word names its skill: by itself, only in a text about AI or data, or only in a list of tools."""


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill."""

    id: str
    name: str
    group: str
    aliases: tuple[str, ...]  # in lower case, like the two kinds below
    context_aliases: tuple[str, ...] = ()  # "dashboard": needs a sure AI or data skill, or an AI word, in the same text
    list_aliases: tuple[str, ...] = ()  # "R", "Go": need a programming or data skill right beside them
    related: tuple[str, ...] = ()  # ids, nearest first
    seed: bool = False  # named by the needs that the product answers
    ai: bool = False  # having it as a duty makes the work AI work (or data analysis)


class Mention(NamedTuple):
    """A skill seen in a text, or (`skill` is None) a bare AI word such as "AI" or "GPT"."""

    at: int  # the word it begins with, counted from 0
    size: int  # words
    skill: Skill | None
    trust: Trust
    ai: bool  # whether these words speak of AI or data analysis


_Meaning = tuple[Skill | None, Trust, bool]  # the fields of a Mention after its place


class Taxonomy:
    """All skills, and the words for them."""

    def __init__(
        self, skills: Sequence[Skill], ai_words: Sequence[str], misleading: Sequence[str], alone: Sequence[str] = ()
    ) -> None:
        self.skills = tuple(skills)
        self._words = tuple(ai_words), tuple(misleading), tuple(alone)
        self._by_id = {skill.id: skill for skill in skills}
        self._typed: dict[str, Skill] = {}
        for skill in skills:
            names = (skill.name, skill.id, *skill.aliases, *skill.context_aliases, *skill.list_aliases)
            for name in names:
                self._typed.setdefault(_normal(name), skill)
        self.phrases = dict(_meanings(skills, frozenset(ai_words), misleading, alone))
        self._phrases = Phrases(self.phrases.items())

    def __getitem__(self, skill_id: str) -> Skill:
        """Return the skill with this id; KeyError if there is none."""
        return self._by_id[skill_id]

    def __contains__(self, skill_id: object) -> bool:
        return skill_id in self._by_id

    def name(self, skill_id: str) -> str:
        """Return the skill's name for people, or the id itself where a later version has dropped the skill."""
        skill = self._by_id.get(skill_id)
        return skill.name if skill else skill_id

    def related(self, skill_id: str) -> tuple[str, ...]:
        """Return the ids of the neighbouring skills, nearest first."""
        skill = self._by_id.get(skill_id)
        return skill.related if skill else ()

    def extended(self, more: Sequence[Skill]) -> Taxonomy:
        """Return a taxonomy with a community's own skills; one with a known id adds its aliases to that skill.

        A known skill keeps its name, and a word that already is an alias keeps its meaning.
        """
        taken = {_normal(alias) for skill in self.skills for alias in skill.aliases}
        skills = {skill.id: skill for skill in self.skills}
        for one in more:
            aliases = tuple(dict.fromkeys(alias.lower() for alias in one.aliases if _normal(alias)))
            own = tuple(alias for alias in aliases if _normal(alias) not in taken)
            taken.update(map(_normal, own))
            known = skills.get(one.id)
            skills[one.id] = replace(known, aliases=known.aliases + own) if known else replace(one, aliases=own)
        return Taxonomy(tuple(skills.values()), *self._words)

    def mentions(self, words: Sequence[str]) -> list[Mention]:
        """Return what `words` (of `split_words`) name, in order; ambiguous ones only where something confirms them."""
        return confirmed(self._phrases.find(words))

    def find(self, text: str) -> tuple[str, ...]:
        """Return the ids of the skills that `text` names, in the order of their first mention."""
        named = (one.skill.id for one in self.mentions(split_words(text)) if one.skill)
        return tuple(dict.fromkeys(named))

    def match(self, words: str) -> Skill | None:
        """Return the skill that a person means by `words`: its name, id or an alias, spelled right."""
        return self._typed.get(_normal(words[:TYPED_MAX]))

    def suggest(self, words: str) -> tuple[Skill, ...]:
        """Return up to five skills that `words` may mean: those that begin with it, hold it, or are spelled alike."""
        typed = _normal(words[:TYPED_MAX])
        if not typed:
            return ()
        begins = [name for name in self._typed if name.startswith(typed)]
        holds = [name for name in self._typed if f" {typed}" in name]
        alike = get_close_matches(typed, self._typed, n=SUGGESTIONS, cutoff=_CLOSE)
        found = dict.fromkeys(self._typed[name].id for name in (*begins, *alike, *holds))
        return tuple(self._by_id[skill_id] for skill_id in list(found)[:SUGGESTIONS])

    def respelled(self, word: str) -> tuple[str, ...]:
        """Return up to five words for skills that a word may be a slip of, the likeliest first: "rag" for "rga"."""
        typed = _normal(word[:TYPED_MAX])
        single = [name for name in self._typed if " " not in name and name != typed]
        near = get_close_matches(typed, single, n=SUGGESTIONS, cutoff=_SLIP)
        return tuple(sorted(near, key=lambda name: sorted(name) != sorted(typed)))  # letters changed places: likeliest


def confirmed(hits: Iterable[Hit[tuple[_Meaning, ...]]]) -> list[Mention]:
    """Return what hits of a taxonomy's phrases mean, in order; ambiguous ones only where something confirms them."""
    seen = [Mention(at, size, *meaning) for at, size, meanings in hits for meaning in meanings]
    if all(one.trust == "sure" for one in seen):
        return seen
    context = any(one.trust == "sure" and (one.ai or (one.skill and one.skill.group == "data")) for one in seen)
    return [
        one
        for one, before, after in zip(seen, [None, *seen], [*seen[1:], None], strict=False)
        if one.trust == "sure"
        or (one.trust == "context" and context)
        or (one.trust == "list" and (_lists(before, one) or _lists(one, after)))
    ]


@cache
def load_taxonomy() -> Taxonomy:
    """Return the shipped taxonomy, read once."""
    data = tomllib.loads(files("bot").joinpath("taxonomy.toml").read_text(encoding="utf-8"))
    return Taxonomy(
        [_read_skill(table) for table in data["skill"]], data["ai_words"], data["misleading"], data["alone"]
    )


def _read_skill(table: dict[str, Any]) -> Skill:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Skill(**fields)


def _normal(words: str) -> str:
    return " ".join(split_words(words))


def _lists(one: Mention | None, other: Mention | None) -> bool:
    """Whether two mentions stand side by side, as in "SQL, R" or "Python or Go", and one names a tool for sure."""
    if one is None or other is None or other.at - (one.at + one.size) > 1:
        return False
    return any(it.skill and it.skill.group in _LIST_GROUPS and it.trust == "sure" for it in (one, other))


def _meanings(
    skills: Sequence[Skill], ai_words: frozenset[str], misleading: Sequence[str], alone: Sequence[str]
) -> Iterator[tuple[str, tuple[_Meaning, ...]]]:
    # Later ones win: a sure alias is never hidden by another skill's ambiguous alias or plural.
    for skill in skills:
        yield from ((alias, ((skill, "context", False),)) for alias in skill.context_aliases)
        yield from ((alias, ((skill, "list", False),)) for alias in skill.list_aliases)
    for word in ai_words:
        yield word, ((None, "sure", True),)
    sure = {tuple(split_words(alias)): skill for skill in skills for alias in skill.aliases}
    single = {tuple(split_words(phrase)) for phrase in alone}
    plurals = {
        (*words[:-1], f"{words[-1]}s"): skill
        for words, skill in sure.items()
        if words[-1][-1].isalpha() and words[-1][-1] != "s"
    }
    for words, skill in (plurals | sure).items():
        inside = {} if words in single else {one.id: one for one in _inside(words, sure)}
        named = {skill.id: skill, **inside}.values()
        yield " ".join(words), tuple((one, "sure", one.ai or not ai_words.isdisjoint(words)) for one in named)
    for phrase in misleading:
        yield phrase, ()


def _inside(words: tuple[str, ...], sure: dict[tuple[str, ...], Skill]) -> Iterator[Skill]:
    """Yield the skills that a part of an alias names by itself: "azure openai" is Azure, too."""
    for size in range(1, len(words)):
        for at in range(len(words) - size + 1):
            if skill := sure.get(words[at : at + size]):
                yield skill
