"""Schemathesis tries every operation of the API with data made from its own description, all its checks on."""

from __future__ import annotations

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck
from hypothesis import settings as trying

from config.wsgi import application
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(300)]

#: What a well-formed request may meet: the usual, a version that has changed, and a world that refuses it.
MEETS = ["2xx", "401", "403", "404", "409", "412", "422", "429", "503"]
config = schemathesis.Config.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": MEETS}}})
described = schemathesis.openapi.from_wsgi("/api/schema", application, config=config)


@pytest.fixture
def key(db):
    """Give an API key; requests leave the test's own transaction alone, as those of Django's client do."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield factories.api_key()[1]
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@described.parametrize()
@trying(
    max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
def test_it_keeps_its_description(case, key):
    if case.query.get("cursor"):
        del case.query["cursor"]  # it is opaque: nobody makes one up
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"})
