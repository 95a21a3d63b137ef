"""The reader for JSON Feed 1.0 and 1.1, with its `_extensions` and whatever else a publisher adds to an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.leads.dates import read_date
from bot.leads.items import Feed, Item, pick_newest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_KNOWN = {
    *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image"),
    *("date_published", "date_modified", "author", "authors", "tags", "language", "attachments"),
}
_DEEPEST = 6  # levels of a publisher's own objects that are looked into


def is_json_feed(data: Any) -> bool:
    """Whether `data` is a JSON Feed: it says so in "version", or at least has a title and a list of item objects."""
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        return False
    said = "jsonfeed.org" in str(data.get("version", ""))
    return said or ("title" in data and all(isinstance(item, dict) and "id" in item for item in data["items"]))


def read_json(data: dict[str, Any], *, url: str, max_items: int) -> Feed:
    """The feed in `data`, for which `is_json_feed` holds."""
    objects = [item for item in data["items"] if isinstance(item, dict)]
    kept = pick_newest(objects, max_items, _read_published)
    return Feed(
        reader="json",
        title=_word(data.get("title")),
        link=_word(data.get("home_page_url")) or url,
        language=_word(data.get("language")),
        items=[_read_item(item) for item in kept],
        cut=len(objects) - len(kept),
    )


def _read_item(source: dict[str, Any]) -> Item:
    html, plain = _word(source.get("content_html")), _word(source.get("content_text"))
    item = Item(
        guid=_word(source.get("id")),
        link=_word(source.get("url")) or _word(source.get("external_url")),
        title=_word(source.get("title")),
        body=html or plain or _word(source.get("summary")),
        body_is_plain=not html,
        published=_read_published(source),
        author=_read_author(source),
        categories=[_word(tag) for tag in _listed(source.get("tags"))],
    )
    for name, value in source.items():
        if name not in _KNOWN:
            for field, word in _flatten(name, value, _DEEPEST):
                item.add_field(field, word)
    return item


def _read_published(source: dict[str, Any]) -> datetime | None:
    dates = (read_date(_word(source.get(name))) for name in ("date_published", "date_modified"))
    return next((date for date in dates if date), None)


def _read_author(source: dict[str, Any]) -> str:
    people = [*_listed(source.get("authors")), source.get("author")]
    names = (_word(person.get("name") if isinstance(person, dict) else person) for person in people)
    return next((name for name in names if name), "")


def _flatten(name: str, value: Any, levels: int) -> Iterator[tuple[str, str]]:
    """`{"_job": {"pay": "$5"}}` becomes `_job:pay`, a list several values of one name."""
    if isinstance(value, dict) and levels:
        for key, inner in value.items():
            yield from _flatten(f"{name}:{key}", inner, levels - 1)
    elif isinstance(value, list) and levels:
        for inner in value:
            yield from _flatten(name, inner, levels - 1)
    elif word := _word(value):
        yield name, word


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _word(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
