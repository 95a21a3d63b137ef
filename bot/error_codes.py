"""What each error's code means and what to do: `/hub help E-PAST`. A test holds it against the codes in the source."""

from __future__ import annotations

from bot.words import say

_CODES = """
E-ADDRESS | That is no web address. | Write it whole, beginning with https://.
E-AWAY | That member can't be asked at the moment. | Try again another day.
E-BACKUP | The database could not be copied before a change. | Make room, or mend the folder that the log names.
E-BOTPERM | The bot lacks a right in that channel. | Add it to the channel, with the right that the message names.
E-BUSY | The other side asks for patience. | Try again later; the bot does so by itself.
E-CALENDAR | A calendar file could not be read or made. | Export it again where it comes from.
E-CODE | The code is wrong, used or older than ten minutes. | Ask for a new one where it came from.
E-CONFIG | The settings can't be used as they are. | Mend what the message names; nothing was started.
E-CONNECT | No connection came about. | Check the address; if it is right, try again later.
E-DATA | The data folder or the database can't be used. | Mend what the message names, or tell who hosts the bot.
E-DMCLOSED | A direct message was refused. | Allow messages from the community; until then everything waits on /hub.
E-DONE | Somebody did that already. | Nothing more to do; run the command again to see how it is now.
E-EMPTY | There is nothing to choose from yet. | Come back when there is.
E-EPHEMERAL | Data would be lost with the container. | Mount a folder at /data, or say that it may be lost.
E-EVENTS | The server has as many scheduled events as it may. | The meetup stands here all the same; remove old events.
E-FEEDBAD | What came is damaged beyond reading. | Tell the feed's owner, or try another address.
E-FEEDPRIVATE | The address leads into a private network. | Use a public one, or ask the bot's host to allow it.
E-FEEDSIZE | The feed is larger than the bot reads. | Use a smaller one, or ask who hosts the bot to raise the limit.
E-FLOOR | The rate could not be read. | Write an amount an hour with its currency, such as 80 €/h.
E-FORBIDDEN | The site does not let the bot in. | Ask its owner, or use another feed.
E-FORM | A field of a form needs another look. | Mend what is said beside it and send it again.
E-FORMAT | The file is not in the form that is read. | See the message for the form that is.
E-FULL | All places are taken. | Join the waitlist; you hear when a place opens.
E-GONE | What was meant is not there any more. | Look at it anew; a channel may have been deleted.
E-LANGUAGE | The language is not known. | Write it in English or as two letters: German, en.
E-LINK | That is no link that can be shown. | Write it whole, such as https://example.com/me.
E-NEEDS | Something about you is needed first. | Press the button, say it once, and do this again.
E-NEWERDB | The database belongs to a newer version. | Start that version, or restore an older backup.
E-NEWMEMBER | You are too new here for that. | Look around; the message says from when on.
E-NOADDRESS | The bot has no public address here. | Who hosts it can set web.public_url.
E-NOCHANNEL | The channel is not there, or the bot can't see it. | Choose another one with /mod setup.
E-NOEVENTS | Slack has no scheduled events. | Use the card and the calendar file instead.
E-NOMATCH | No fair match came about this time. | You come first in the next round; wider times help.
E-NOMEMBER | There is no such member. | Check the name or the number.
E-NOPERM | That is for moderators or organisers. | Ask one of them, or see /hub help for what you can do.
E-NOSPACE | The bot does not know which community you mean. | Use a command once on its server, such as /hub.
E-NOTFEED | No feed was found at the address. | Try the feed's own address; most sites have a link to it.
E-NOTFOUND | There is nothing at that address. | Check it for slips.
E-NOTIME | You have no hour that is long enough. | Make it shorter, or widen your times with /profile edit.
E-NOTOKENS | No platform can be reached without tokens. | Run the set-up that makes them: python -m bot init.
E-OPML | That is no list of feeds. | Export it again as OPML.
E-OPTION | An option could not be read. | The message says what would do; /hub help and the command shows all options.
E-OWE | You owe as much help as anyone may. | Help somebody first, with what you offer; then ask again.
E-PAST | That time is over. | Write one that is still to come.
E-PAUSED | Moderators have paused that for you. | The message says until when, and how to write to them.
E-PICTURE | The picture could not be drawn. | The table says the same; tell who hosts the bot.
E-PORT | Another program has that port. | Stop it or choose another port.
E-PREFIX | The prefix of commands can't be used on Slack. | Choose one of lower-case letters and hyphens.
E-RATE | That was too often. | Wait for the time that the message names.
E-REDIRECT | The address leads round in circles. | Use the address where it ends.
E-REFUSED | Discord refused the message. | Look at the channel; the log says more.
E-RULE | A repetition can't be read. | Write it as in the message.
E-SCOPE | The Slack app lacks a scope. | Install it again with the manifest of this version.
E-SELF | You can't decide about yourself. | Ask another moderator.
E-SERVER | The other side has trouble of its own. | Try again later; the bot does so by itself.
E-SETUP | Something is not set up yet. | A moderator does it with /mod setup.
E-SKILLS | The skills could not be read. | Write a word or three for each, divided by commas.
E-SLACK | Slack refused the message. | The log says more; try again.
E-STALE | The card is out of date. | Run its command again.
E-TIME | The time could mean two things, or none. | Write it as in the message, such as Tue 24 Nov 18:00.
E-TIMEOUT | The other side did not answer in time. | Try again later; the bot does so by itself.
E-TLS | The site's certificate is not valid. | Its owner has to mend it.
E-TOKEN | The platform does not accept the token. | Make a new one and give it to python -m bot init.
E-UNKNOWN | The bot made a mistake; nothing was changed. | Try again; if it goes on, tell a moderator the short code.
E-UNKNOWNCOMMAND | There is no such command. | See /hub help for those there are.
E-ZONE | The time zone is not known. | Name the nearest large city, such as Berlin.
"""

CODES: dict[str, tuple[str, str]] = {
    code.strip(): (meaning.strip(), remedy.strip())
    for code, meaning, remedy in (line.split("|") for line in _CODES.strip().splitlines())
}
"""What happened and what to do, by code."""


def explained(code: str) -> tuple[str, str] | None:
    """What happened and what to do, for people; None for a code that there is not."""
    found = CODES.get(code.upper())
    return (say(found[0]), say(found[1])) if found else None
