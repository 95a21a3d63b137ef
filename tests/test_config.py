"""Settings: where they come from, who wins, and what is said about mistakes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.config import ConfigErrors, dump, load
from bot.settings import KEYS, SECRETS, Settings

ROOT = Path(__file__).parent.parent
BOT_TOKEN, APP_TOKEN = "xoxb-made-up", "xapp-made-up"


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(
    folder: Path, text: str = "", environ: dict[str, str] | None = None, overrides: dict[str, str] | None = None
) -> list[str]:
    """The sentences about a configuration, without the folder's name."""
    with pytest.raises(ConfigErrors) as caught:
        load(config(folder, text), environ or {}, overrides)
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


# --- who wins --------------------------------------------------------------------------------------------------------


def test_a_database_behind_a_local_socket_is_taken() -> None:
    url = "postgresql://guildhall@/guildhall?host=/run/postgresql"
    assert load(None, {"GUILDHALL__DATABASE__URL": url}).database.url == url


def test_without_any_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    settings = load(environ={"PATH": "/bin", "GUILDHALL_SHARED": "/data", "GUILDHALL_ALLOW_EPHEMERAL": "1"})

    assert settings.app.timezone == "UTC"
    assert settings.leads.approval == "review"
    assert settings.digest.days == ("mon", "tue", "wed", "thu", "fri")
    assert settings.origin("leads.approval") == "default"
    assert not settings.given("leads.approval")
    assert not settings.slack.is_on
    assert not settings.discord.is_on


def test_the_file_wins_over_the_default_the_environment_over_the_file_the_command_line_over_all(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GUILDHALL__WEB__PORT=7003\nGUILDHALL__FEEDS__MAX_ITEMS=30\n")
    path = config(
        tmp_path, "[web]\nport = 7002\n[feeds]\nmax_items = 20\ntimeout_seconds = 5\n[leads]\ninclude_jobs = 4"
    )

    settings = load(path, {"GUILDHALL__FEEDS__MAX_ITEMS": "40", "GUILDHALL__WEB__PORT": "7004"}, {"web.port": "7005"})

    assert (settings.web.port, settings.origin("web.port")) == (7005, "command line")
    assert (settings.feeds.max_items, settings.origin("feeds.max_items")) == (40, "environment")
    assert (settings.feeds.timeout_seconds, settings.origin("feeds.timeout_seconds")) == (5, "file")
    assert (settings.leads.include_jobs, settings.origin("leads.include_jobs")) == (4, "file")


def test_a_file_named_env_beside_the_configuration_is_read_like_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# tokens\n"
        "\n"
        'export GUILDHALL__APP__NAME="Guild # 7"  # with a comment\n'
        "GUILDHALL__APP__CONTACT = maria@example.org # so is this\n"
        'GUILDHALL__DIGEST__DAYS=\'["sat", "sun"]\'\n'
        "GUILDHALL__DISCORD__TOKEN=a=b==\n"
        "POSTGRES_PASSWORD=not ours\n"
    )

    settings = load(config(tmp_path, ""), {})

    assert settings.app.name == "Guild # 7"
    assert settings.app.contact == "maria@example.org"
    assert settings.digest.days == ("sat", "sun")
    assert settings.discord.token.get_secret_value() == "a=b=="
    assert settings.origin("app.name") == ".env"


def test_what_the_file_gives_is_known_as_given_even_if_it_is_the_default(tmp_path: Path) -> None:
    settings = load(config(tmp_path, '[leads]\napproval = "review"'), {})

    assert settings.given("leads.approval")
    assert not settings.given("leads.batch_at")


def test_lists_and_switches_in_the_environment_are_json(tmp_path: Path) -> None:
    environ = {
        "GUILDHALL__DISCORD__GUILDS": '[175928847299117063, "175928847299117064"]',
        "GUILDHALL__SLACK__SOCKET_MODE": "false",
        "GUILDHALL__DIGEST__MARKET_PULSE": "",
    }

    settings = load(config(tmp_path, ""), environ)

    assert settings.discord.guilds == ("175928847299117063", "175928847299117064")
    assert settings.slack.socket_mode is False
    assert settings.digest.market_pulse == ""


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("made-up-token\n")

    settings = load(config(tmp_path, ""), {"GUILDHALL__DISCORD__TOKEN_FILE": str(tmp_path / "token")})

    assert settings.discord.token.get_secret_value() == "made-up-token"
    assert settings.discord.is_on


def test_a_secret_in_the_toml_is_refused_and_never_repeated(tmp_path: Path) -> None:
    said = problems(
        tmp_path,
        '[discord]\ntoken = "hush"\n[database]\nurl = "postgresql://ana:hush@db/guildhall"\n',
    )

    assert said == [
        (
            "config.toml: discord.token holds a secret, which does not belong in this file. Put it into"
            " GUILDHALL__DISCORD__TOKEN (in .env or the environment), or into a file of its own whose path is"
            " GUILDHALL__DISCORD__TOKEN_FILE."
        ),
        (
            "config.toml: database.url holds a secret, which does not belong in this file. Put it into"
            " GUILDHALL__DATABASE__URL (in .env or the environment), or into a file of its own whose path is"
            " GUILDHALL__DATABASE__URL_FILE."
        ),
    ]


def test_a_secret_given_twice_or_in_a_missing_file_is_told(tmp_path: Path) -> None:
    environ = {"GUILDHALL__DISCORD__TOKEN": "a", "GUILDHALL__DISCORD__TOKEN_FILE": "b"}
    assert problems(tmp_path, environ=environ) == [
        "GUILDHALL__DISCORD__TOKEN and GUILDHALL__DISCORD__TOKEN_FILE are both set: one must go."
    ]

    assert problems(tmp_path, environ={"GUILDHALL__DISCORD__TOKEN_FILE": "/no/such"}) == [
        "GUILDHALL__DISCORD__TOKEN_FILE: I cannot read /no/such (No such file or directory)."
    ]


def test_the_dump_names_every_setting_with_its_origin_and_masks_what_is_secret(tmp_path: Path) -> None:
    environ = {
        "GUILDHALL__SLACK__BOT_TOKEN": BOT_TOKEN,
        "GUILDHALL__SLACK__APP_TOKEN": APP_TOKEN,
        "GUILDHALL__DATABASE__URL": "postgresql://ana:hush@db/guildhall",
    }

    settings = load(config(tmp_path, "[leads]\nposts_per_day = 5"), environ)
    rows = {key: (value, origin) for key, value, origin in dump(settings)}

    assert rows["slack.bot_token"] == ('"********"', "environment")
    assert rows["discord.token"] == ('""', "default")
    assert rows["database.url"] == ('"postgresql://ana:********@db/guildhall"', "environment")
    assert rows["leads.posts_per_day"] == ("5", "file")
    assert rows["digest.days"] == ('["mon", "tue", "wed", "thu", "fri"]', "default")
    assert len(rows) == sum(len(keys) for keys in KEYS.values())
    assert "hush" not in str(rows)
    assert "made-up" not in f"{settings!r}"


# --- mistakes --------------------------------------------------------------------------------------------------------


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("this is no setting\nGUILDHALL__FEEDS__MAX_BYTES=15MB\n")
    text = """
        port = 8080
        [app]
        timezone = "Berlin"
        [leads]
        aproval = "auto"
        approval = "reviw"
        batch_at = "7:30"
        include_jobs = true
        [web]
        host = "0.0.0.0"
        port = "8080"
    """

    said = problems(tmp_path, text, {"GUILDHALL__WEB__PROT": "1"}, {"leads.max_age": "1"})

    assert said == [
        "config.toml: there is no setting port. Did you mean web.port?",
        "config.toml: there is no setting leads.aproval. Did you mean leads.approval?",
        ".env, line 1: this is not NAME=value.",
        "there is no setting GUILDHALL__WEB__PROT. Did you mean GUILDHALL__WEB__PORT?",
        "the command line: there is no setting leads.max_age. Did you mean leads.max_age_hours?",
        (
            'config.toml: app.timezone is "Berlin": it must be the name of a time zone, such as "Europe/Berlin".'
            ' Did you mean "Europe/Berlin"?'
        ),
        '.env: GUILDHALL__FEEDS__MAX_BYTES is "15MB": it must be a whole number from 10000 to 200000000.',
        'config.toml: leads.approval is "reviw": it must be "review", "flagged" or "auto". Did you mean review?',
        "config.toml: leads.include_jobs is true: it must be a whole number from 0 to 50.",
        'config.toml: leads.batch_at is "7:30": it must be a time such as "07:30", or "" for single cards.',
        'config.toml: web.port is "8080": it must be a whole number from 0 to 65535.',
        (
            'web.host "0.0.0.0" can be reached from other machines. Set web.public_url to the https address that people'
            " use, or web.behind_port_mapping in a container, or leave it at 127.0.0.1."
        ),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[app]\nname = ""', 'app.name is "": it must be one line of 1 to 40 characters.'),
        ('[app]\ncontact = "a\\nHost: evil"', "it must be one line of at most 100 characters."),
        ('[app]\ntimezone = "../etc/passwd"', 'it must be the name of a time zone, such as "Europe/Berlin".'),
        ("[app]\ndata_dir = 3", "app.data_dir is 3: it must be a text in quotes."),
        ('[database]\nurl = "mysql://h/d"', 'it must be "postgresql://user@host/database", or ""'),
        ('[database]\nurl = "postgresql://h:port/d"', 'it must be "postgresql://user@host/database", or ""'),
        ('[database]\nurl = "postgresql://host"', 'it must be "postgresql://user@host/database", or ""'),
        ('[slack]\nmoderators = ["maria"]', 'slack.moderators has "maria": it must be a Slack user or group id'),
        ('[slack]\ncommand_prefix = "AI "', 'it must be at most 20 of a-z, 0-9, "-" and "_".'),
        ('[slack]\napi_url = "slack.com"', 'it must be an address such as "https://example.org", or "".'),
        ('[slack]\nsocket_mode = "yes"', 'slack.socket_mode is "yes": it must be true or false.'),
        ('[discord]\nguilds = "175928847299117063"', 'discord.guilds is "175928847299117063": it must be a list'),
        ("[discord]\nguilds = [12]", "discord.guilds has 12: it must be a Discord id such as 175928847299117063."),
        ("[feeds]\npoll_minutes = 5", "feeds.poll_minutes is 5: it must be a whole number from 60 to 10080."),
        ('[feeds]\nallow_hosts = ["http://intranet"]', 'it must be a host such as "intranet:8080".'),
        ("[digest]\ndays = []", "digest.days is []: it must name at least one."),
        ('[digest]\ndays = ["mon", "mon"]', 'digest.days is ["mon", "mon"]: it must not name anything twice.'),
        ('[digest]\ndays = ["monday"]', 'digest.days has "monday": it must be "mon", "tue", "wed", "thu", "fri"'),
        ('[digest]\nat = "24:00"', 'digest.at is "24:00": it must be a time from "00:00" to "23:59".'),
        ('[swap]\nround = "fortnightly"', 'it must read like "every 2 weeks on tue at 10:00"'),
        ('[safety]\nquiet_hours = "22-7"', 'it must read like "22:00-07:00", or be "" for none.'),
        ('[web]\npublic_url = "https://"', 'it must be an address such as "https://example.org", or "".'),
        ("feeds = 3", "config.toml: feeds must be a table, [feeds]."),
        ("[app]\nname = 'a", "config.toml is not valid TOML: "),
    ],
)
def test_a_wrong_value_is_met_with_what_would_be_right(tmp_path: Path, text: str, sentence: str) -> None:
    [said] = problems(tmp_path, text)
    assert sentence in said


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    [said] = problems(tmp_path, "[app]\nname = Guildhall\n")
    assert said.startswith("config.toml is not valid TOML: ")
    assert "line 2" in said


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load(tmp_path / "nowhere.toml", {})
    assert "(No such file or directory)" in caught.value.problems[0]
    assert caught.value.code == "E-CONFIG"
    assert caught.value.happened == "I found 1 mistake in the configuration."


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'[app]\nname = "\xe9"')
    with pytest.raises(ConfigErrors, match="it is not UTF-8"):
        load(tmp_path / "config.toml", {})


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"BOT_TOKEN": APP_TOKEN, "APP_TOKEN": APP_TOKEN}, "slack.bot_token must begin with xoxb-"),
        ({"BOT_TOKEN": BOT_TOKEN, "APP_TOKEN": BOT_TOKEN}, "slack.app_token must begin with xapp-"),
        ({"BOT_TOKEN": BOT_TOKEN}, "slack.app_token, which Socket Mode needs, is not."),
        ({"BOT_TOKEN": BOT_TOKEN, "SOCKET_MODE": "false"}, "slack.signing_secret, which HTTP mode needs, is not."),
        ({"APP_TOKEN": APP_TOKEN}, "slack.app_token is there but slack.bot_token is not."),
    ],
)
def test_tokens_of_slack_must_fit_together(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    [said] = problems(tmp_path, environ={f"GUILDHALL__SLACK__{name}": value for name, value in environ.items()})
    assert sentence in said
    assert "made-up" not in said


def test_other_machines_reach_the_pages_only_on_purpose(tmp_path: Path) -> None:
    open_host = '[web]\nhost = "0.0.0.0"\n'
    assert "web.host" in problems(tmp_path, open_host)[0]
    assert "web.host" in problems(tmp_path, open_host + 'public_url = "http://example.org"')[0]

    assert load(config(tmp_path, open_host + "behind_port_mapping = true"), {}).web.host == "0.0.0.0"
    assert load(config(tmp_path, open_host + 'public_url = "https://example.org/"'), {}).web.public_url.endswith(".org")
    for loopback in ("127.0.0.1", "::1", "localhost"):
        assert load(config(tmp_path, f'[web]\nhost = "{loopback}"'), {}).web.host == loopback


def test_settings_cannot_be_changed_while_running(tmp_path: Path) -> None:
    settings = load(config(tmp_path, ""), {})
    with pytest.raises(ValueError, match="frozen"):
        settings.web.port = 1  # type: ignore[misc]


# --- the annotated example -------------------------------------------------------------------------------------------

EXAMPLE = (ROOT / "config.example.toml").read_text(encoding="utf-8")
SETTING = re.compile(r"^# (?=\w+ = )", re.MULTILINE)


def example_values() -> dict[str, dict[str, Any]]:
    return tomllib.loads(SETTING.sub("", EXAMPLE))


def test_a_copy_of_the_example_locks_nothing() -> None:
    assert all(table == {} for table in tomllib.loads(EXAMPLE).values())


def test_the_example_has_every_setting_but_secrets_and_no_other() -> None:
    shown = [f"{section}.{key}" for section, table in example_values().items() for key in table]
    known = [f"{section}.{key}" for section, keys in KEYS.items() for key in keys]

    assert shown == [key for key in known if key not in SECRETS]
    for secret in SECRETS:
        assert f"GUILDHALL__{secret.upper().replace('.', '__')}" in EXAMPLE


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    assert load(config(tmp_path, SETTING.sub("", EXAMPLE)), {}).model_dump() == Settings().model_dump()


def test_the_example_says_why_in_the_words_of_the_code() -> None:
    lines = [line for line in EXAMPLE.splitlines() if SETTING.match(line)]
    reasons = [re.split(r"\s{2,}# ", line, maxsplit=1)[1].strip() for line in lines]
    fields = [
        field for section, keys in KEYS.items() for key, field in keys.items() if f"{section}.{key}" not in SECRETS
    ]

    assert reasons == [field.description for field in fields]


def test_the_defaults_are_those_that_were_asked_for() -> None:
    """Written by hand from the product's description, so that a changed default is a decision."""
    assert Settings().model_dump(mode="json", exclude={"slack": {"bot_token", "app_token", "signing_secret"}}) == {
        "app": {"name": "Guildhall", "timezone": "UTC", "data_dir": "data", "contact": ""},
        "database": {"url": "", "backup_keep": 14},
        "slack": {
            "command_prefix": "",
            "socket_mode": True,
            "moderators": [],
            "organisers": [],
            "confirm_sends": False,
            "api_url": "",
        },
        "discord": {"token": "", "guilds": [], "moderator_roles": [], "organiser_roles": [], "api_url": ""},
        "feeds": {
            "poll_minutes": 60,
            "timeout_seconds": 20,
            "max_bytes": 15_000_000,
            "max_items": 2_000,
            "allow_hosts": [],
            "starter_packs": ["remote-ai", "freelance-boards", "hiring-threads"],
        },
        "leads": {
            "approval": "review",
            "include_jobs": 2,
            "max_age_hours": 72,
            "batch_at": "07:30",
            "posts_per_day": 3,
            "flood_per_hour": 10,
            "public_form": False,
            "rate_sample_min": 8,
        },
        "digest": {"days": ["mon", "tue", "wed", "thu", "fri"], "at": "08:00", "max_leads": 5, "market_pulse": "mon"},
        "swap": {"round": "every 2 weeks on tue at 10:00", "min_shared_hours": 2, "owe_hours": 2},
        "meetup": {"who_can_create": "organisers", "waitlist_hold_hours": 4},
        "safety": {"messages_per_day": 2, "quiet_hours": "22:00-07:00", "new_member_days": 7},
        "privacy": {"audit_days": 365, "inactive_member_days": 730},
        "web": {"host": "127.0.0.1", "port": 8080, "public_url": "", "behind_port_mapping": False},
        "logging": {"level": "INFO", "format": "text"},
    }
