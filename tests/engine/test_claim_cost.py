"""What a claim and the last look ask of the database: no more rows than they need, and no tables joined for nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dialer.engine import push
from dialer.engine.claim import claim
from dialer.models import Attempt, CampaignContact
from tests.engine.conftest import Stage

NUMBERS = [f"+121255501{place:02}" for place in range(80)]


def test_a_claim_looks_at_a_quarter_more_than_it_may_take(stage: Stage) -> None:
    rows = stage.build(*NUMBERS)
    held = [row.pk for row in rows]
    CampaignContact.objects.filter(pk__in=held).update(not_before=stage.now + timedelta(hours=1))
    assert claim(account_id=stage.account.pk, now=stage.now, limit=48) == []
    assert CampaignContact.objects.filter(hold_gate="contact_dates").count() == 60


def test_claims_go_on_behind_a_crowd_that_is_held(stage: Stage) -> None:
    rows = stage.build(*NUMBERS)
    crowd = [row.pk for row in rows[:70]]
    CampaignContact.objects.filter(pk__in=crowd).update(not_before=stage.now + timedelta(hours=1))
    taken = [claim(account_id=stage.account.pk, now=stage.now, limit=10) for _ in range(3)]
    assert [len(orders) for orders in taken] == [0, 10, 0]
    assert {order.contact_id for order in taken[1]} == {row.pk for row in rows[70:]}


def test_a_claim_reads_phones_without_their_persons(stage: Stage) -> None:
    stage.build(*NUMBERS[:3])
    with CaptureQueriesContext(connection) as seen:
        assert len(claim(account_id=stage.account.pk, now=stage.now)) == 3
    reads = [query["sql"] for query in seen if 'FROM "dialer_contactphone"' in query["sql"]]
    assert len(reads) == 3
    assert [sql for sql in reads if "JOIN" in sql or "ORDER BY" in sql] == []


@pytest.mark.postgres
def test_the_last_look_is_planned_as_one_look_up_a_question(stage: Stage) -> None:
    stage.build(*NUMBERS[:3])
    (order, *_) = claim(account_id=stage.account.pk, now=stage.now)
    values = [stage.now, order.attempt_id, order.fence, 1, stage.now, stage.now, "", "hash", stage.now]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {push._MARK.format(hashes='%s')}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert plan.count("SubPlan") - plan.count("(SubPlan") == 6
    assert [word for word in ("Join", "Nested Loop") if word in plan] == []
    assert Attempt.objects.filter(sends=0).count() == 3
