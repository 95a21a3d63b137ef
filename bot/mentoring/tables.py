"""The tables of mentoring: offers, requests with the mentors who were asked about them, sessions with their seats."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db import Json, Key, UtcDateTime, Words, metadata

_OF_A_MEMBER = (("community_id", "member_id"), ("member.community_id", "member.id"))

offer = sa.Table(
    "mentor_offer",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("topics", Json, nullable=False),  # taxonomy ids
    sa.Column("windows", Json, nullable=False),  # [[day, "HH:MM", "HH:MM"]] on the clock of `zone`
    sa.Column("zone", sa.Text, nullable=False),  # the mentor's own, in which they typed them
    sa.Column("weekly", sa.Integer, nullable=False),  # sessions
    sa.Column("monthly", sa.Integer, nullable=False),  # seats
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("places", sa.Integer, nullable=False),  # 1: one to one; more: a circle
    sa.Column("place", Words, nullable=False),  # where: shown to who booked
    sa.Column("named", sa.Boolean, nullable=False),  # their name is shown to who asks
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("paused_until", UtcDateTime),  # wall clock
    sa.Column("calendar", Words, nullable=False),  # the address of a calendar of their own, "" for none
    sa.Column("busy", Json, nullable=False),  # what it said: [[from, to]] in ISO 8601, UTC
    sa.Column("calendar_due", UtcDateTime),  # wall clock: when it is read next
    sa.Column("calendar_error", Words, nullable=False),  # why it could not be read, "" while it can
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
    sa.Index("ix_mentor_offer_calendar", "calendar_due"),
)

request = sa.Table(
    "mentor_request",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("member_id", Key, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),  # a taxonomy id
    sa.Column("goal", Words, nullable=False),
    sa.Column("level", Words, nullable=False),
    sa.Column("windows", Json),  # when they have time, on the clock of `zone`; None: whenever it is day there
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("made", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # "shown", "waiting" for the round, "asked", "booked" or "over"
    sa.Column("due", UtcDateTime),  # wall clock: when there is something to do about it
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
    sa.Index("ix_mentor_request_due", "due"),
    sa.Index("ix_mentor_request_member", "community_id", "member_id"),
)

asked = sa.Table(
    "mentor_asked",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("request_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),  # a mentor who was asked quietly
    sa.Column("at", UtcDateTime, nullable=False),  # the time that was proposed to them
    sa.Column("passed", sa.Boolean, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "request_id"], ["mentor_request.community_id", "mentor_request.id"]),
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
)

session = sa.Table(
    "mentor_session",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("member_id", Key),  # the mentor; None once they were forgotten
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("first_at", UtcDateTime, nullable=False),  # when it was booked for: part of its calendar entry's UID
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("places", sa.Integer, nullable=False),
    sa.Column("place", Words, nullable=False),
    sa.Column("notes", Words, nullable=False),  # a link, "" for none
    sa.Column("sequence", sa.Integer, nullable=False),  # of its calendar entry: up by one with each change
    sa.Column("made", UtcDateTime, nullable=False),
    sa.Column("cancelled", UtcDateTime),
    sa.Column("due", UtcDateTime),  # wall clock: when to ask whether they met; None when that is done
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
    sa.Index("ix_mentor_session_due", "due"),
    sa.Index("ix_mentor_session_member", "community_id", "member_id", "at"),
)

seat = sa.Table(
    "mentor_seat",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("session_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),  # who comes to it
    sa.Column("goal", Words, nullable=False),
    sa.Column("level", Words, nullable=False),
    sa.Column("made", UtcDateTime, nullable=False),
    sa.Column("booking", Key, nullable=False),  # an id of its own: part of the keys of what is told about it
    sa.Column("met", sa.Boolean),  # what they said afterwards
    sa.Column("mentor_met", sa.Boolean),  # what the mentor said
    sa.Column("thanked", UtcDateTime),
    sa.ForeignKeyConstraint(["community_id", "session_id"], ["mentor_session.community_id", "mentor_session.id"]),
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
    sa.Index("ix_mentor_seat_member", "community_id", "member_id"),
)
