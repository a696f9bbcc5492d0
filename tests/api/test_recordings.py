"""Recordings: read through to the provider, and nobody is sent anywhere else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer import clock
from dialer.engine import accounts
from dialer.models import ProviderAccount
from providers import errors
from providers.contract import Recording
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch):
    """Let a provider that can give recordings answer as a test says; returns the calls it was asked for."""
    handles, answer = [], {}

    def wrap(provider, account):
        def recording(call):
            handles.append(call)
            if isinstance(answer["is"], Exception):
                raise answer["is"]
            return answer["is"]

        provider.recording = recording
        return provider

    accounts.wrap_providers(wrap)
    can = accounts.capabilities_of(factories.account())
    monkeypatch.setattr(
        accounts, "capabilities_of", lambda account: type(can)(**{**_fields(can), "recordings": True})
    )
    handles.append(answer)
    yield handles
    accounts.wrap_providers(None)


def _fields(value):
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def test_the_sound_is_passed_on(api, asked):
    asked[0]["is"] = Recording(media_type="audio/mpeg", content=b"ID3")
    attempt = factories.attempt()
    answer = api.get(f"attempts/{attempt.pk}/recording")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"ID3", "audio/mpeg")
    assert (answer["Cache-Control"], asked[1].ref) == ("no-store", str(attempt.pk))
    assert api.get(f"attempts/{attempt.pk}/recording", headers={"accept": "audio/wav"}).status_code == 200


def test_what_calls_itself_a_page_is_not_shown_as_one(api, asked):
    asked[0]["is"] = Recording(media_type="text/html", content=b"<script>")
    answer = api.get(f"attempts/{factories.attempt().pk}/recording")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_an_address_over_tls_is_passed_on_without_telling_where_one_came_from(api, asked):
    asked[0]["is"] = Recording(media_type="audio/wav", url="https://sound.example.com/a.wav?sig=1")
    answer = api.get(f"attempts/{factories.attempt().pk}/recording")
    assert (answer.status_code, answer["Location"]) == (302, "https://sound.example.com/a.wav?sig=1")
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")


@pytest.mark.parametrize(
    "url",
    [
        "http://sound.example.com/a.wav",
        "javascript:alert(1)",
        "//sound.example.com/a.wav",
        "https://user:key@sound.example.com/a.wav",
        "https://sound.example.com/a\r\nSet-Cookie: a=b",
        "https:///a.wav",
        "https://[bad/a.wav",
        "",
    ],
)
def test_an_address_that_cannot_be_trusted_is_not(api, asked, url):
    asked[0]["is"] = Recording(media_type="audio/wav", url=url)
    problem = refused(api.get(f"attempts/{factories.attempt().pk}/recording"), 422, "provider_refused")
    assert "key" not in problem["detail"]


def test_no_recording_is_no_such_thing(api, asked):
    asked[0]["is"] = errors.Refused("The call has no recording.")
    refused(api.get(f"attempts/{factories.attempt().pk}/recording"), 404, "not_found")
    unsent = factories.attempt(state="cancelled")
    refused(api.get(f"attempts/{unsent.pk}/recording"), 404, "not_found")
    assert len(asked) == 2


def test_a_provider_that_gives_none_says_so(api):
    refused(api.get(f"attempts/{factories.attempt().pk}/recording"), 422, "unsupported_capability")
    refused(api.get(f"attempts/{factories.contact().pk}/recording"), 404, "not_found")


def test_an_account_whose_rate_is_used_up_is_not_asked(api, asked):
    asked[0]["is"] = Recording(media_type="audio/mpeg", content=b"ID3")
    attempt = factories.attempt()
    soon = clock.now() + timedelta(seconds=30)
    ProviderAccount.objects.update(max_requests_per_second=1, bucket_next_at=soon)
    refused(api.get(f"attempts/{attempt.pk}/recording"), 503, "provider_rate_used_up")
    assert len(asked) == 1  # the answer alone: nobody was asked
