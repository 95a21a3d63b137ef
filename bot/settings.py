"""Every setting an operator can make, its default, its bounds and a line of why. `bot.config` reads them.

The models are frozen and strict: `"8080"` is not a number here. What concerns a community can also be set in chat,
unless the operator has given it here: then it is locked there (`Settings.given`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, cast
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from bot.words import say

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

# --- what a value may be: each function returns the value or raises ValueError with what is allowed ------------------

CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
LINE = r"[^\x00-\x1f\x7f]"


def _matching(pattern: str, allowed: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(say(allowed))
        return value

    return AfterValidator(check)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = available_timezones()
        city = name.replace(" ", "_").casefold()
        near = [zone for zone in sorted(known) if zone.rpartition("/")[2].casefold() == city]
        near = near or get_close_matches(name, known, n=1)
        hint = say(' Did you mean "{zone}"?', zone=near[0]) if near else ""
        raise ValueError(say('it must be the name of a time zone, such as "Europe/Berlin".') + hint) from None
    return name


def _host_and_path(url: str, *schemes: str) -> tuple[str, str]:
    """The host and the path of an address, or two empty texts if it is none with such a scheme."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return "", ""
    clean = url.isprintable() and " " not in url
    right = parts.scheme in schemes and port_is_right and clean
    return (parts.hostname or "", parts.path.strip("/")) if right else ("", "")


def _address(value: str) -> str:
    if value and not _host_and_path(value, "http", "https")[0]:
        raise ValueError(say('it must be an address such as "https://example.org", or "".'))
    return value.rstrip("/")


def _database(value: str) -> str:
    host, path = _host_and_path(value, "postgresql")
    socket = "host" in parse_qs(urlsplit(value).query) if path else False  # ?host=/run/postgresql: a local socket
    if value and not (path and (host or socket)):
        raise ValueError(
            say('it must be "postgresql://user@host/database", or "" for an SQLite file in app.data_dir.'),
        )
    return value


def _distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise ValueError(say("it must not name anything twice."))
    return values


def _some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError(say("it must name at least one."))
    return values


def is_loopback(host: str) -> bool:
    """Whether a server that listens on `host` can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]
TimeOfDay: TypeAlias = Annotated[str, _matching(CLOCK, 'it must be a time from "00:00" to "23:59".')]
Day: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Pack: TypeAlias = Literal["remote-ai", "freelance-boards", "hiring-threads", "learning", "open-source"]
SlackId: TypeAlias = Annotated[
    str, _matching(r"[SUW][A-Z0-9]{2,}", 'it must be a Slack user or group id such as "U024BE7LH" or "S0614TZR7".')
]
DiscordId: TypeAlias = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    _matching(r"\d{15,20}", "it must be a Discord id such as 175928847299117063."),
]
HostPort: TypeAlias = Annotated[
    str, _matching(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", 'it must be a host such as "intranet:8080".')
]

# --- the sections ----------------------------------------------------------------------------------------------------


class Section(BaseModel):
    """A table of the configuration file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_default=True)


class AppSettings(Section):
    """The bot as a whole."""

    name: Annotated[str, _matching(rf"{LINE}{{1,40}}", "it must be one line of 1 to 40 characters.")] = Field(
        "Guildhall", description="shown in messages"
    )
    timezone: Zone = Field("UTC", description="a community's own is set in /mod setup")
    data_dir: Path = Field(
        Path("data"), strict=False, description="/data in a container; the database and its backups live here"
    )
    contact: Annotated[str, _matching(rf"{LINE}{{0,100}}", "it must be one line of at most 100 characters.")] = Field(
        "", description="an e-mail address or a URL; the feeds' owners see it in the User-Agent"
    )


class DatabaseSettings(Section):
    """Where the rows live."""

    url: Annotated[str, AfterValidator(_database)] = Field(
        "", description='"" = SQLite in data_dir; or postgresql://user@host/db'
    )
    backup_keep: int = Field(14, ge=0, le=3650, description="one a day at 03:30 app time; 0 = off")


class SlackSettings(Section):
    """Slack: on when its tokens are there."""

    bot_token: SecretStr = Field(SecretStr(""), description="xoxb-…")
    app_token: SecretStr = Field(SecretStr(""), description="xapp-…, for Socket Mode")
    signing_secret: SecretStr = Field(SecretStr(""), description="for HTTP mode")
    command_prefix: Annotated[
        str, _matching(r"[a-z0-9_-]{0,20}", 'it must be at most 20 of a-z, 0-9, "-" and "_".')
    ] = Field("", description='"ai-" makes /ai-gigs')
    socket_mode: bool = Field(default=True, description="no public URL needed")
    moderators: Annotated[tuple[SlackId, ...], AfterValidator(_distinct)] = Field(
        (), description="user or user-group ids; workspace admins always"
    )
    organisers: Annotated[tuple[SlackId, ...], AfterValidator(_distinct)] = Field(
        (), description="those who may create meetups"
    )
    confirm_sends: bool = Field(default=False, description="look a doubtful send up (adds history scopes)")
    api_url: Address = Field("", description="a gateway, or Slack's government cloud")

    @property
    def is_on(self) -> bool:
        """Whether Guildhall speaks to Slack at all."""
        return bool(self.bot_token.get_secret_value())

    @model_validator(mode="after")
    def _tokens_belong_together(self) -> SlackSettings:
        bot, app = self.bot_token.get_secret_value(), self.app_token.get_secret_value()
        if bot and not bot.startswith("xoxb-"):
            raise ValueError(say("slack.bot_token must begin with xoxb-: it is the Bot User OAuth Token."))
        if app and not app.startswith("xapp-"):
            raise ValueError(say("slack.app_token must begin with xapp-: it is an App-Level Token."))
        if bot and self.socket_mode and not app:
            raise ValueError(say("slack.bot_token is there but slack.app_token, which Socket Mode needs, is not."))
        if bot and not self.socket_mode and not self.signing_secret.get_secret_value():
            raise ValueError(say("slack.bot_token is there but slack.signing_secret, which HTTP mode needs, is not."))
        if app and not bot:
            raise ValueError(say("slack.app_token is there but slack.bot_token is not."))
        return self


class DiscordSettings(Section):
    """Discord: on when its token is there."""

    token: SecretStr = Field(SecretStr(""), description="the bot's token")
    guilds: Annotated[tuple[DiscordId, ...], AfterValidator(_distinct)] = Field(
        (), description="server ids; empty = all it is invited to"
    )
    moderator_roles: Annotated[tuple[DiscordId, ...], AfterValidator(_distinct)] = Field(
        (), description="role ids, besides whoever has Manage Server"
    )
    organiser_roles: Annotated[tuple[DiscordId, ...], AfterValidator(_distinct)] = Field(
        (), description="role ids of those who may create meetups"
    )
    api_url: Address = Field("", description="a rate-limit proxy or gateway")

    @property
    def is_on(self) -> bool:
        """Whether Guildhall speaks to Discord at all."""
        return bool(self.token.get_secret_value())


class FeedSettings(Section):
    """How feeds are read."""

    poll_minutes: int = Field(
        60,
        ge=60,
        le=10_080,
        description="longer when the server says so; below 60 only by a moderator's explicit choice for one feed",
    )
    timeout_seconds: int = Field(20, ge=1, le=300, description="for one answer, from the first byte to the last")
    max_bytes: int = Field(15_000_000, ge=10_000, le=200_000_000, description="after decompression")
    max_items: int = Field(2_000, ge=1, le=20_000, description="newest first; a longer feed is cut and says so")
    allow_hosts: Annotated[tuple[HostPort, ...], AfterValidator(_distinct)] = Field(
        (),
        description='private or loopback hosts that may be fetched, e.g. ["intranet:8080"]; all others are refused',
    )
    starter_packs: Annotated[tuple[Pack, ...], AfterValidator(_distinct)] = Field(
        ("remote-ai", "freelance-boards", "hiring-threads"),
        description="ticked beforehand in the form behind [Starter feeds]",
    )


class LeadSettings(Section):
    """Which leads are published, and how."""

    approval: Literal["review", "flagged", "auto"] = Field(
        "review", description="review = a moderator sees each; flagged = only the doubtful; auto = none"
    )
    include_jobs: int = Field(2, ge=0, le=50, description="full-time jobs a digest may carry in their own section")
    max_age_hours: int = Field(72, ge=0, le=8_760, description="0 = any age")
    batch_at: Annotated[
        str, _matching(rf"(?:{CLOCK})?", 'it must be a time such as "07:30", or "" for single cards.')
    ] = Field("07:30", description='one approval card a day; "" = single cards')
    posts_per_day: int = Field(3, ge=0, le=100, description="a channel's instant posts; the rest goes to the digest")
    flood_per_hour: int = Field(10, ge=1, le=1_000, description="more than this from one feed are held")
    public_form: bool = Field(
        default=False, description="a page on which a business posts a gig to the queue; needs web.public_url"
    )
    rate_sample_min: int = Field(8, ge=1, le=1_000, description="below this no rate statement")


class DigestSettings(Section):
    """The day's message."""

    days: Annotated[tuple[Day, ...], AfterValidator(_distinct), AfterValidator(_some)] = Field(
        ("mon", "tue", "wed", "thu", "fri"), description="on which days it is posted"
    )
    at: TimeOfDay = Field("08:00", description="community time zone")
    max_leads: int = Field(5, ge=1, le=25, description="the rest is behind a button")
    market_pulse: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", ""] = Field(
        "mon", description='weekly picture; "" = off'
    )


class SwapSettings(Section):
    """Rounds and the ledger of help."""

    round: Annotated[
        str,
        _matching(
            rf"every (?:week|(?:[2-9]|[1-4]\d) weeks) on (?:mon|tue|wed|thu|fri|sat|sun) at {CLOCK}",
            'it must read like "every 2 weeks on tue at 10:00" or "every week on fri at 09:30".',
        ),
    ] = Field("every 2 weeks on tue at 10:00", description="when debts of help are cleared into pairs and rings")
    min_shared_hours: int = Field(2, ge=0, le=40, description="hours a week that two members must both have free")
    owe_hours: int = Field(2, ge=0, le=100, description="how much help anyone may owe")


class MeetupSettings(Section):
    """Meetups and their waitlists."""

    who_can_create: Literal["anyone", "organisers", "moderators"] = Field(
        "organisers", description="anyone | organisers | moderators"
    )
    waitlist_hold_hours: int = Field(4, ge=1, le=168, description="how long a free place waits for whoever is next")


class SafetySettings(Section):
    """What protects members from the bot and from each other."""

    messages_per_day: int = Field(2, ge=0, le=50, description="unasked direct messages a person, over all features")
    quiet_hours: Annotated[
        str, _matching(rf"(?:{CLOCK}-{CLOCK})?", 'it must read like "22:00-07:00", or be "" for none.')
    ] = Field("22:00-07:00", description="member's own zone, until they set theirs")
    new_member_days: int = Field(7, ge=0, le=365, description="they may browse at once, ask for introductions later")


class PrivacySettings(Section):
    """How long things are kept."""

    audit_days: int = Field(365, ge=1, le=3_650, description="who did what; older lines go")
    inactive_member_days: int = Field(730, ge=30, le=3_650, description="then asked, then erased")


class WebSettings(Section):
    """The web server: the demo's console, health and calendar pages."""

    host: Annotated[str, _matching(r"[\w.:-]+", 'it must be an address or a host name such as "127.0.0.1".')] = Field(
        "127.0.0.1", description="this machine alone"
    )
    port: int = Field(8080, ge=0, le=65_535, description="0 = any free one")
    public_url: Address = Field("", description="needed for calendar and dashboard links")
    behind_port_mapping: bool = Field(default=False, description="in a container whose port is published")

    @model_validator(mode="after")
    def _open_only_on_purpose(self) -> WebSettings:
        if not is_loopback(self.host) and not self.behind_port_mapping and not self.public_url.startswith("https://"):
            raise ValueError(
                say(
                    'web.host "{host}" can be reached from other machines. Set web.public_url to the https address'
                    " that people use, or web.behind_port_mapping in a container, or leave it at 127.0.0.1.",
                    host=self.host,
                ),
            )
        return self


class LoggingSettings(Section):
    """What is written to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG | INFO | WARNING | ERROR")
    format: Literal["text", "json"] = Field("text", description="text | json")


Origin: TypeAlias = Literal["default", "file", ".env", "environment", "command line"]


class Settings(Section):
    """All sections. `bot.config.load` makes it, and tells it where each value came from."""

    app: AppSettings = AppSettings()
    database: DatabaseSettings = DatabaseSettings()
    slack: SlackSettings = SlackSettings()
    discord: DiscordSettings = DiscordSettings()
    feeds: FeedSettings = FeedSettings()
    leads: LeadSettings = LeadSettings()
    digest: DigestSettings = DigestSettings()
    swap: SwapSettings = SwapSettings()
    meetup: MeetupSettings = MeetupSettings()
    safety: SafetySettings = SafetySettings()
    privacy: PrivacySettings = PrivacySettings()
    web: WebSettings = WebSettings()
    logging: LoggingSettings = LoggingSettings()

    _origins: Mapping[str, Origin] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any, /) -> None:
        """Keep the origins that were handed to the validation as its context, by "section.key"."""
        self._origins = dict(context or {})

    def origin(self, key: str) -> Origin:
        """Where the value of `key` ("leads.approval") came from."""
        return self._origins.get(key, "default")

    def given(self, key: str) -> bool:
        """Whether the operator gave a value for `key`, be it the default one: then chat cannot change it."""
        return self.origin(key) != "default"

    def chosen(self, key: str, own: Any) -> Any:
        """The value of `key` where a community chose `own` in chat (None: nothing); the operator's word comes first."""
        section, _, name = key.partition(".")
        value = getattr(getattr(self, section), name)
        return value if self.given(key) or own is None else own


KEYS: dict[str, dict[str, FieldInfo]] = {
    section: cast("type[Section]", table.annotation).model_fields for section, table in Settings.model_fields.items()
}
"""The settings by section and key."""

SECRETS = frozenset({"slack.bot_token", "slack.app_token", "slack.signing_secret", "discord.token"})
"""What may stand in the environment or in a file that `…_FILE` names, and nowhere else."""
