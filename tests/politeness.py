"""The sixteen rules that a feed's owner can check in an access log, as sixteen functions over one.

`python -m tests.politeness LOG` checks a log of one reader: JSON lines, each a request

    {"at": "2026-11-18T06:00:00+00:00", "url": "http://x.example/feed", "ask": {…}, "status": 200, "answer": {…}}

with the headers asked and answered (names in any case), and, where they are known, "took" (seconds until the answer was
complete), "good" (whether a feed could be read from it; else a 200 that is no HTML is taken for good) and "ttl"
(minutes, as the feed said). A line {"restart": "2026-11-20T06:00:00+00:00"} says when the reader came back.
What a log does not hold, its rules cannot find wrong. Written from the field's notes, not from our fetcher.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
MOST_BELIEVED = timedelta(days=7)  # a server that asks for more is taken for wrong
LONGEST_BACKOFF = timedelta(hours=24)
MOST_MOVED = 5  # how often an address that has moved for good may still be asked
FAILED = range(400, 600)


@dataclass(frozen=True)
class Request:
    """One line of the log; header names are in lower case."""

    at: datetime
    url: str
    status: int
    ask: dict[str, str]
    answer: dict[str, str]
    good: bool
    took: float = 0.0
    ttl: int = 0

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def given(self) -> tuple[str, str]:
        """The validators that the answer gave."""
        return self.answer.get("etag", ""), self.answer.get("last-modified", "")

    @property
    def sent(self) -> tuple[str, str]:
        """The validators that the request carried."""
        return self.ask.get("if-none-match", ""), self.ask.get("if-modified-since", "")


@dataclass
class Log:
    """The requests in the order they came, and when the reader came back after a time away."""

    requests: list[Request]
    restarts: list[datetime] = field(default_factory=list)

    def by_url(self) -> dict[str, list[Request]]:
        return _grouped(self.requests, lambda request: request.url)

    def by_host(self) -> dict[str, list[Request]]:
        return _grouped(self.requests, lambda request: request.host)

    def hops(self) -> set[int]:
        """The requests (by `id`) that only follow a redirect, or a page that links a feed."""
        awaited: dict[str, datetime] = {}
        found: set[int] = set()
        for request in self.requests:
            since = awaited.get(request.url) or awaited.pop(request.host, None)
            if since and request.at - since <= 30 * SECOND:
                found.add(id(request))
            if request.status == 200 and "html" in request.answer.get("content-type", ""):
                awaited[request.host] = request.at
            if request.status in {301, 302, 303, 307, 308}:
                awaited[urljoin(request.url, request.answer.get("location", ""))] = request.at
        return found


def read_log(lines: Iterable[str]) -> Log:
    """The log in JSON lines."""
    log = Log([])
    for line in filter(str.strip, lines):
        row = json.loads(line)
        if "restart" in row:
            log.restarts.append(datetime.fromisoformat(row["restart"]))
        else:
            log.requests.append(_request(row))
    log.requests.sort(key=lambda request: request.at)
    return log


def _request(row: dict[str, Any]) -> Request:
    ask, answer = ({name.lower(): str(value) for name, value in row[side].items()} for side in ("ask", "answer"))
    html = "html" in answer.get("content-type", "")
    return Request(
        at=datetime.fromisoformat(row["at"]),
        url=row["url"],
        status=row["status"],
        ask=ask,
        answer=answer,
        good=row.get("good", row["status"] == 200 and not html),
        took=row.get("took", 0.0),
        ttl=row.get("ttl", 0),
    )


# --- the rules: each yields what breaks it ---------------------------------------------------------------------------


def rule_01_stored_validators_on_every_request(log: Log) -> Iterator[str]:
    for request, last in _with_last_good(log):
        if last and any(last.given) and not any(request.sent):
            yield f"{request.at} {request.url}: no validator, though {last.given} were given"


def rule_02_validators_byte_for_byte_and_never_invented(log: Log) -> Iterator[str]:
    for request, last in _with_last_good(log):
        given = last.given if last else ("", "")
        if any(request.sent) and request.sent != given:
            yield f"{request.at} {request.url}: sent {request.sent}, was given {given}"


def rule_03_validators_stored_only_after_a_good_parse(log: Log) -> Iterator[str]:
    for url, requests in log.by_url().items():
        good = {value for request in requests if request.good for value in request.given} | {""}
        bad = {value for request in requests if request.status == 200 and not request.good for value in request.given}
        for request in requests:
            if set(request.sent) & (bad - good):
                yield f"{request.at} {url}: sent {request.sent}, which came with what is no feed"


def rule_04_at_most_hourly(log: Log) -> Iterator[str]:
    for earlier, later in _pairs(log):
        if later.at - earlier.at < HOUR:
            yield f"{later.at} {later.url}: {later.at - earlier.at} after the last request"


def rule_05_not_while_the_answer_is_fresh(log: Log) -> Iterator[str]:
    ttls: dict[str, int] = {}
    for earlier, later in _pairs(log):
        if earlier.good:
            ttls[earlier.url] = earlier.ttl
        if earlier.good or earlier.status == 304:
            fresh = min(max(_fresh(earlier), timedelta(minutes=ttls.get(earlier.url, 0))), MOST_BELIEVED)
            if later.at - earlier.at < fresh:
                yield f"{later.at} {later.url}: after {later.at - earlier.at}, fresh for {fresh}"


def rule_06_retry_after_for_the_whole_host(log: Log) -> Iterator[str]:
    for requests in log.by_host().values():
        closed = datetime.min.replace(tzinfo=UTC)
        for request in requests:
            if request.at < closed:
                yield f"{request.at} {request.url}: asked to wait until {closed}"
            if request.status in {429, 503} and (wait := _retry_after(request)):
                closed = max(closed, request.at + wait)


def rule_07_exponential_backoff_with_jitter(log: Log) -> Iterator[str]:
    for url, requests in log.by_url().items():
        row, gaps = 0, list[timedelta]()
        for earlier, later in itertools.pairwise(requests):
            row = row + 1 if earlier.status in FAILED else 0
            if row and "retry-after" not in earlier.answer:
                gap, least = later.at - earlier.at, min(HOUR * 2 ** (row - 1), LONGEST_BACKOFF)
                gaps.append(gap)
                if gap < least:
                    yield f"{later.at} {url}: failed {row} times, asked again after {gap} instead of {least}"
        if len(gaps) > 2 and all(gap % (60 * SECOND) < SECOND for gap in gaps):
            yield f"{url}: no jitter in {gaps}"


def rule_08_no_burst_after_a_restart(log: Log) -> Iterator[str]:
    usual = max(2, len(log.by_url()) // 5)
    for restart in log.restarts:
        minutes = Counter((r.at - restart) // (60 * SECOND) for r in log.requests if r.at >= restart)
        for minute in range(15):
            if minutes[minute] > usual:
                yield f"{minutes[minute]} requests in minute {minute} after the restart of {restart}"


def rule_09_one_fetch_a_url_however_many_use_it(log: Log) -> Iterator[str]:
    for earlier, later in _pairs(log):
        if later.at - earlier.at < 60 * SECOND:
            yield f"{later.at} {later.url}: fetched twice within a minute"


def rule_10_spacing_and_at_most_two_connections_a_host(log: Log) -> Iterator[str]:
    hops = log.hops()
    for host, requests in log.by_host().items():
        for earlier, later in itertools.pairwise(r for r in requests if id(r) not in hops):
            if later.at - earlier.at < 9 * SECOND:
                yield f"{later.at} {host}: {later.at - earlier.at} after the last request"
        for number, request in enumerate(requests):
            near = requests[max(number - 20, 0) : number + 1]
            open_then = [r for r in near if r.at <= request.at < r.at + r.took * SECOND]
            if len(open_then) > 2:
                yield f"{request.at} {host}: {len(open_then)} at once"


def rule_11_no_cookies_no_referer(log: Log) -> Iterator[str]:
    for request in log.requests:
        if found := {"cookie", "referer", "authorization", "from"} & set(request.ask):
            yield f"{request.at} {request.url}: {found}"


def rule_12_one_user_agent_with_version_and_contact(log: Log) -> Iterator[str]:
    agents = {request.ask.get("user-agent", "") for request in log.requests}
    if len(agents) > 1:
        yield f"{len(agents)} agents: {sorted(agents)}"
    for agent in agents:
        if not re.fullmatch(r"[\w .-]+/[\w.-]+ \(\+\S+\)", agent):
            yield f"no name/version (+contact): {agent!r}"


def rule_13_gzip_and_an_accept_list(log: Log) -> Iterator[str]:
    for request in log.requests:
        accept = request.ask.get("accept", "")
        if "gzip" not in request.ask.get("accept-encoding", ""):
            yield f"{request.at} {request.url}: no gzip"
        if not all(kind in accept for kind in ("application/rss+xml", "application/atom+xml", "application/feed+json")):
            yield f"{request.at} {request.url}: accepts {accept!r}"


def rule_14_moved_for_good_is_followed_and_gone_is_gone(log: Log) -> Iterator[str]:
    end = log.requests[-1].at if log.requests else None
    well = {request.url for request in log.requests if request.good}
    for url, requests in log.by_url().items():
        for targets in _runs(requests, {301, 308}):
            if len(targets) > MOST_MOVED and urljoin(url, targets[0]) in well:
                yield f"{url}: asked {len(targets)} times, though it has moved to {targets[0]}"
        temporary = all(request.status in {302, 307} for request in requests)
        if temporary and end and end - requests[-1].at > 4 * LONGEST_BACKOFF:
            yield f"{url}: given up at {requests[-1].at}, though its redirect was for a while"
        gone = [number for number, request in enumerate(requests) if request.status == 410]
        if gone and gone[0] != len(requests) - 1:
            yield f"{url}: asked again after 410"


def rule_15_autodiscovery_once(log: Log) -> Iterator[str]:
    for url, requests in log.by_url().items():
        pages = [r for r in requests if r.status == 200 and "html" in r.answer.get("content-type", "")]
        if len(pages) > 1 and len(pages) == len(requests) and _links_a_feed(pages[0], log):
            yield f"{url}: the page was asked {len(pages)} times"


def rule_16_jitter_and_nothing_bunched_at_the_hour(log: Log) -> Iterator[str]:
    total = len(log.requests)
    if total < 500:
        return
    for what, counted, parts in (
        ("minute of the hour", Counter(r.at.minute for r in log.requests), 60),
        ("second of the minute", Counter(r.at.second for r in log.requests), 60),
    ):
        value, most = counted.most_common(1)[0]
        if most > 2.5 * total / parts:
            yield f"{most} of {total} requests in {what} {value}"


RULES: tuple[Callable[[Log], Iterator[str]], ...] = tuple(
    value for name, value in sorted(globals().items()) if name.startswith("rule_")
)


# --- reading a log ---------------------------------------------------------------------------------------------------


def _grouped(requests: Iterable[Request], key: Callable[[Request], str]) -> dict[str, list[Request]]:
    groups: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        groups[key(request)].append(request)
    return groups


def _with_last_good(log: Log) -> Iterator[tuple[Request, Request | None]]:
    """Each request with the last good answer of its address before it."""
    for requests in log.by_url().values():
        last: Request | None = None
        for request in requests:
            yield request, last
            last = request if request.good else last


def _pairs(log: Log) -> Iterator[tuple[Request, Request]]:
    """Each request and the next one to the same address, but for those that another server's redirect led to."""
    hops = log.hops()
    for requests in log.by_url().values():
        yield from itertools.pairwise(request for request in requests if id(request) not in hops)


def _runs(requests: list[Request], statuses: set[int]) -> Iterator[list[str]]:
    """Where an address led, each time it led to the same place several times in a row."""
    places = (r.answer.get("location", "") if r.status in statuses else "" for r in requests)
    for place, run in itertools.groupby(places):
        if place:
            yield list(run)


def _links_a_feed(page: Request, log: Log) -> bool:
    return any(request.good and request.host == page.host for request in log.requests)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None


def _fresh(request: Request) -> timedelta:
    if age := re.search(r"(?<![\w-])max-age=(\d+)", request.answer.get("cache-control", "")):
        return timedelta(seconds=max(0, int(age[1]) - int(request.answer.get("age", "0"))))
    expires, date = _date(request.answer.get("expires", "")), _date(request.answer.get("date", ""))
    return max(expires - (date or request.at), timedelta(0)) if expires else timedelta(0)


def _retry_after(request: Request) -> timedelta:
    asked = request.answer.get("retry-after", "")
    if asked.isdecimal():
        return timedelta(seconds=int(asked))
    until, date = _date(asked), _date(request.answer.get("date", ""))
    return max(until - (date or request.at), timedelta(0)) if until else timedelta(0)


def main(path: str) -> int:
    """Check a log, say what was found, and return how many rules are broken."""
    with Path(path).open(encoding="utf-8") as lines:
        log = read_log(lines)
    print(f"{len(log.requests):,} requests to {len(log.by_host()):,} hosts, {len(log.restarts)} restarts")
    broken = 0
    for rule in RULES:
        found = list(rule(log))
        broken += bool(found)
        print(f"{'broken' if found else 'kept':7} {rule.__name__}" + (f" ({len(found):,} times)" if found else ""))
        for line in found[:3]:
            print(f"        {line}")
    return broken


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(min(main(sys.argv[1]), 1))
