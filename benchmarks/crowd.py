"""Fills a database with people in one statement a table, so that a million of them take seconds.

Owns the shape of the crowd: who is enrolled, what is due, what is held; never times anything.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from dialer import clock
from dialer.models import Campaign, ProviderAccount, RetryStep, RetryTimeline
from dialer.reports.counters import repair

#: "+999" is given to no country: nobody has these numbers.
_NUMBER = "'+9991' || lpad((%(base)s + n)::text, 8, '0')"
_ID = "('{kind}-0000-7000-8000-' || lpad(to_hex(%(base)s + n), 12, '0'))::uuid"
_PERSON, _PHONE, _ENROLMENT, _ATTEMPT = (
    _ID.format(kind=kind) for kind in ("01900000", "01900001", "01900002", "01900003")
)

_CONTACTS = f"""
INSERT INTO dialer_contact (id, created_at, updated_at, version, external_id, name, timezone, attributes, tags)
SELECT {_PERSON}, %(now)s, %(now)s, 1, 'crm-' || (%(base)s + n), 'Person ' || n, 'Europe/London', '{{}}', '[]'
  FROM generate_series(1, %(rows)s) AS n
"""
_PHONES = f"""
INSERT INTO dialer_contactphone
       (id, created_at, contact_id, number, type, position, is_main, do_not_disturb, country)
SELECT {_PHONE}, %(now)s, {_PERSON}, {_NUMBER}, 'mobile', 0, true, false, 'GB'
  FROM generate_series(1, %(rows)s) AS n
"""
# Every `due_each`-th is due, the others wait for tomorrow; of those, `held` says whether a gate holds them.
_ENROLMENTS = f"""
INSERT INTO dialer_campaigncontact
       (id, created_at, updated_at, version, campaign_id, contact_id, priority, attributes, tags, state,
        finish_reason, finish_detail, due_at, next_attempt_at, next_phone_id, used_steps,
        hold_gate, hold_reason, hold_until, stop_reason, attempt_count, last_result, provider_ref)
SELECT {_ENROLMENT}, %(now)s, %(now)s, 1, %(campaign)s, {_PERSON}, 5, '{{}}', '[]', 'waiting',
       '', '', at, at, {_PHONE}, '[]',
       CASE WHEN %(held)s AND at > %(now)s THEN 'window' ELSE '' END, '',
       CASE WHEN %(held)s AND at > %(now)s THEN at END, '', %(attempts)s, '', ''
  FROM (SELECT n, CASE WHEN n %% %(due_each)s = 0 THEN %(now)s - (n %% 3600) * interval '1 second'
                  ELSE %(now)s + interval '1 day' + (n %% 3600) * interval '1 second' END AS at
          FROM generate_series(1, %(rows)s) AS n) AS row
"""
# A month of calls, with a few results and costs.
_ATTEMPTS = f"""
INSERT INTO dialer_attempt
       (id, created_at, provider_account_id, campaign_id, campaign_contact_id, contact_id, phone_id, number, sequence,
        origin, state, is_live, result, disposition, raw_status, reason, due_at, claimed_at, fence, sends, sent_at,
        ended_at, cost, currency, recording_url, provider_ref, remote, gates, ring_no, looks, withdraw_why,
        withdraw_tries)
SELECT {_ATTEMPT}, at, (SELECT provider_account_id FROM dialer_campaign WHERE id = %(campaign)s), %(campaign)s,
       {_ENROLMENT}, {_PERSON}, {_PHONE}, {_NUMBER}, 1, 'ours', 'ended', false,
       (ARRAY['no_answer', 'busy', 'voicemail', 'no_answer', 'failed'])[1 + n %% 5], '', '', '', at, at, 1, 1, at,
       at, 0.0123, 'EUR', '', 'r' || n, '{{}}', '{{}}', 1, 0, '', 0
  FROM (SELECT n, %(now)s - (n %% 30) * interval '1 day' AS at FROM generate_series(1, %(rows)s) AS n) AS row
"""


def account(**fields: Any) -> ProviderAccount:
    """Make a simulator account without limits."""
    name = f"bench {ProviderAccount.objects.count()}"
    return ProviderAccount.objects.create(**({"name": name, "provider": "simulator"} | fields))


def campaign(of: ProviderAccount | None = None, **fields: Any) -> Campaign:
    """Make a running, opened campaign with two retries."""
    timeline = RetryTimeline.objects.create(name=f"bench {RetryTimeline.objects.count()}")
    for position, after in enumerate(("PT2H", "P1D")):
        RetryStep.objects.create(timeline=timeline, position=position, after=after)
    now = clock.now()
    defaults: dict[str, Any] = {
        "provider_account": of or account(),
        "retry_timeline": timeline,
        "name": f"bench {Campaign.objects.count()}",
        "purpose": "service",
        "holidays": "ignore",
        "status": "running",
        "frozen_steps": timeline.steps_data(),
        "retry_plan": {"mode": "orchestrated", "obstacles": [], "waivers": []},
        "started_at": now,
        "opened_at": now,
        "remote_campaign_id": f"sim-bench-{Campaign.objects.count()}",
    }
    return Campaign.objects.create(**(defaults | fields))


def enrol(
    campaign_id: UUID,
    *,
    rows: int,
    base: int = 0,
    due_each: int = 1,
    held: bool = False,
    called: bool = False,
    now: datetime | None = None,
) -> None:
    """Enrol `rows` new people; ids and numbers count up from `base`; `called`: each has one attempt that is over."""
    values = {
        "campaign": campaign_id,
        "rows": rows,
        "base": base,
        "due_each": due_each,
        "held": held,
        "attempts": int(called),
        "now": (now or clock.now()) - timedelta(seconds=1),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        if cursor.fetchone()[0]:
            # Foreign keys are right by construction; checking them row by row is most of the time.
            cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (_CONTACTS, _PHONES, _ENROLMENTS, *([_ATTEMPTS] if called else [])):
            cursor.execute(statement, values)
    # That role passes by the triggers as well.
    repair(connection)


def settle_down() -> None:
    """Let the planner know the crowd, as autovacuum does within a minute of service, and write all dirty pages.

    Without the checkpoint the server goes on writing what was loaded while the first measurements run.
    """
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        if cursor.fetchone()[0]:
            cursor.execute("CHECKPOINT")
