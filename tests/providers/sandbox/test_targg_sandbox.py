"""Targg in miniature: what its document says, what it leaves open, and what a careless caller runs into.

Long because it follows the vendor's document from its first endpoint to its last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.http import httpx
from providers.sandbox.line import Pace, Stage
from providers.sandbox.serve import ServedSandbox
from providers.sandbox.targg import TarggSandbox
from providers.sandbox.targg.state import CALLBOT_TEMPLATE, IVR_TEMPLATE, Redials
from providers.sandbox.transport import SandboxTransport
from providers.testing.clock import START, VirtualClock
from providers.testing.sandboxed import SandboxStandIn
from providers.testing.standin import PlannedRing
from providers.values import NativeStep
from providers.vocabulary import Result, Unit

KEY = TarggSandbox.credentials["api_key"]
ANSWERED, UNHEARD, REFUSED = "12025550100", "12025550101", "12025550104"
PLAIN = "12025550110"
UNKNOWN = "0" * 24
OK = {"response": True}
CAMPAIGN = {
    "title": "Spring",
    "status": "active",
    "templateId": CALLBOT_TEMPLATE,
    "automatic_scheduler": False,
}
HOURS_2 = {"unit": 1, "duration": 2, "option_hour": 1, "phone_choose": 1}


def phone(number: str = PLAIN, **changes: Any) -> dict[str, Any]:
    return {"number": number, "main": True, "not_disturb": False, "type": "other", **changes}


def contact(number: str = PLAIN, **changes: Any) -> dict[str, Any]:
    return {"phones": [phone(number)], "language": "en-us", **changes}


class Account:
    """One sandbox and a client of it."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock()
        self.sandbox = TarggSandbox(now=self.clock.now, **options)
        self.client = client(self.sandbox)

    def ask(self, method: str, path: str, status: int = 200, **given: Any) -> Any:
        answer = self.client.request(method, path, **given)
        assert answer.status_code == status, answer.text
        return answer.json()

    def refused(self, status: int, method: str, path: str, **given: Any) -> str:
        answer = self.ask(method, path, status, **given)
        assert answer == {"response": False, "message": answer["message"]}
        return str(answer["message"])

    def campaign(self, **changes: Any) -> str:
        return str(self.ask("POST", "/v1/campaign", json={**CAMPAIGN, **changes})["campaign"]["_id"])

    def contact(self, number: str = PLAIN, **changes: Any) -> str:
        return str(self.ask("POST", "/v1/contact", json=contact(number, **changes))["contact"]["_id"])

    def call(self, campaign: str, contact: str, **more: Any) -> str:
        """Create a call, and find its id as one must: by listing."""
        body = {"campaignId": campaign, "contactId": contact, **more}
        answer = self.ask("POST", "/v1/call", json=body)
        assert answer == {"response": True, "message": "Call in progress"}
        return str(self.calls(contacts=json.dumps([contact]))[0]["_id"])

    def calls(self, **params: Any) -> list[Any]:
        answer = self.ask("GET", "/v1/calls", params={"page": 1, "limit": 50, **params})
        return list(answer["calls"][0]["data"])

    def status(self, call: str) -> str:
        return str(self.ask("GET", f"/v1/call/{call}")["call"]["status"])

    def titles(self, **params: Any) -> list[str]:
        answer = self.ask("GET", "/v1/campaigns", params={"page": 1, **params})
        return [each["title"] for each in answer["campaigns"]["docs"]]

    def names(self, **params: Any) -> list[str]:
        answer = self.ask("GET", "/v1/contacts", params={"page": 1, **params})
        return [each["name"] for each in answer["contacts"]["docs"]]

    def pass_time(self, **time: float) -> None:
        self.clock.advance(timedelta(**time).total_seconds())
        self.sandbox.pass_time()

    def rung(self) -> list[tuple[str, datetime]]:
        return [(ring.phone, ring.at) for ring in self.sandbox.line.rings]

    def told(self) -> list[str]:
        return [json.loads(hook.body)["status"] for _, hook in self.sandbox.outbox]


def client(sandbox: TarggSandbox, key: str | None = KEY) -> httpx.Client:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return httpx.Client(
        base_url="https://targg.invalid", transport=SandboxTransport(sandbox), headers=headers
    )


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def by_hand() -> Account:
    return Account(is_automatic=False)


# ---- the door


@pytest.mark.parametrize("header", [None, f"Basic {KEY}", "Bearer another-key-00000", KEY, f"bearer {KEY}"])
def test_without_the_key_as_bearer_token_nobody_is_let_in(account: Account, header: str | None) -> None:
    account.client.headers.pop("Authorization")
    headers = {} if header is None else {"Authorization": header}
    account.refused(401, "GET", "/v1/remaining_credits/", headers=headers)


def test_unknown_paths_and_wrong_methods_are_refused(account: Account) -> None:
    account.refused(404, "GET", "/v1/nothing")
    account.refused(405, "PATCH", f"/v1/campaign/{UNKNOWN}")
    account.refused(405, "POST", "/v1/blacklist?page=1")
    account.refused(405, "POST", f"/v1/call/{UNKNOWN}")


def test_a_body_is_json_or_a_form_and_nothing_else(account: Account) -> None:
    form = {"campaignId": account.campaign(), "contactId": account.contact(), "externalId": "r-1"}
    account.ask("POST", "/v1/call", data=form)
    assert [call["externalId"] for call in account.calls()] == ["r-1"]
    account.refused(400, "POST", "/v1/call", content=json.dumps(form), headers={"Content-Type": "text/plain"})
    account.refused(400, "POST", "/v1/call", content=b"{", headers={"Content-Type": "application/json"})
    assert len(account.calls()) == 1


@pytest.mark.parametrize("what", ["campaign", "contact", "call", "template"])
@pytest.mark.parametrize("id_", [UNKNOWN, "999999999"])
def test_unknown_ids_are_not_found(account: Account, what: str, id_: str) -> None:
    account.refused(404, "GET", f"/v1/{what}/{id_}")


# ---- credits, templates, blacklist


def test_the_balance_pays_for_finished_calls(account: Account) -> None:
    campaign = account.campaign()
    for number in (ANSWERED, UNHEARD):
        account.call(campaign, account.contact(number))
    account.pass_time(minutes=1)
    balance = account.ask("GET", "/v1/remaining_credits/")["balance"]
    assert (balance["value"], balance["currency"]) == (99_999.9, "R$")
    used = account.ask("GET", "/v1/use_per_campaign/", params={"campaigns": json.dumps([campaign, UNKNOWN])})
    assert used == {"response": True, "results": [{"_id": campaign, "totalAmount": 0.1}]}
    assert account.ask("GET", "/v1/use_per_campaign/?end_date=2026-06-01")["results"] == []
    assert len(account.ask("GET", "/v1/use_per_campaign/?ini_date=2026-06-01")["results"]) == 1


def test_templates_are_listed_and_read(account: Account) -> None:
    listed = account.ask("GET", "/v1/templates", params={"page": 1})["templates"]
    assert (listed["totalDocs"], listed["limit"], listed["offset"]) == (2, 10, 0)
    assert [each["_id"] for each in listed["docs"]] == [CALLBOT_TEMPLATE, IVR_TEMPLATE]
    read = account.ask("GET", f"/v1/template/{CALLBOT_TEMPLATE}")["template"]
    assert (read, read["type"]) == (listed["docs"][0], "outbound")


def test_the_blacklist_is_read_only_and_its_people_are_not_dialed(account: Account) -> None:
    empty = {"response": True, "contacts": [{"data": [], "count": [{"_id": None, "total": 0}]}]}
    assert account.ask("GET", "/v1/blacklist?page=1") == empty
    contact = account.contact()
    account.sandbox.blacklist(contact)
    listed = account.ask("GET", "/v1/blacklist?page=1")["contacts"][0]
    assert [(each["_id"], each["blacklist"]) for each in listed["data"]] == [(contact, True)]
    call = account.call(account.campaign(), contact)
    account.pass_time(hours=1)
    assert (account.status(call), account.rung()) == ("scheduled", [])


@pytest.mark.parametrize("status", ["paused", "not_disturb", "inactive", "deleted"])
def test_people_who_are_not_active_are_not_dialed_where_the_vendor_heeds_it(status: str) -> None:
    account = Account(ignores_contact_status=False)
    call = account.call(account.campaign(), account.contact(status=status))
    account.pass_time(hours=1)
    assert (account.status(call), account.rung()) == ("scheduled", [])


@pytest.mark.parametrize("status", ["paused", "not_disturb", "inactive"])
def test_a_contacts_status_is_taken_to_stop_nothing(account: Account, status: str) -> None:
    account.call(account.campaign(), account.contact(status=status))
    account.pass_time(hours=1)
    assert len(account.rung()) == 1


def test_without_credit_nothing_is_dialed(account: Account) -> None:
    account.sandbox.balance = 0.0
    call = account.call(account.campaign(), account.contact())
    account.pass_time(hours=1)
    assert (account.status(call), account.rung()) == ("scheduled", [])


# ---- campaigns


def test_a_campaign_is_answered_with_the_documented_fields(account: Account) -> None:
    given = {**CAMPAIGN, "externalId": "ours", "calls_per_day": 7, "timeline_retry": [HOURS_2]}
    answered = account.ask("POST", "/v1/campaign", json=given)["campaign"]
    assert answered == {
        "tags": [],
        "_id": answered["_id"],
        "allDays": [],
        "title": "Spring",
        "status": "active",
        "templateId": CALLBOT_TEMPLATE,
        "company": answered["company"],
        "internalAudios": None,
        "externalId": "ours",
        "calls_per_day": 0,
        "has_holiday": False,
        "createdAt": "2026-06-01T17:00:00.000Z",
        "updatedAt": "2026-06-01T17:00:00.000Z",
        "__v": 0,
    }
    assert len(answered["_id"]) == 24
    assert int(answered["_id"][:8], 16) == int(START.timestamp())
    assert account.ask("GET", f"/v1/campaign/{answered['_id']}")["campaign"] == answered


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": None},
        {"status": "running"},
        {"templateId": UNKNOWN},
        {"templateId": IVR_TEMPLATE},
        {"automatic_scheduler": "false"},
        {"tags": "one"},
        {"tags": [1]},
        {"credits_per_day": "10"},
        {"calls_per_day": True},
        {"externalId": 7},
        {"undocumented": 1},
        {"timeline_retry": [{**HOURS_2, "unit": 6}]},
        {"timeline_retry": [{**HOURS_2, "unit": True}]},
        {"timeline_retry": [{"unit": 1, "duration": 1, "option_hour": 1}]},
        {"timeline_retry": {}},
        {"allDays": [{"day": "Monday", "start": "10:00", "end": "11:00"}]},
        {"allDays": [{"day": "monday", "start": "10h", "end": "11:00"}]},
    ],
    ids=str,
)
def test_a_campaign_of_wrong_fields_is_refused(account: Account, wrong: dict[str, Any]) -> None:
    account.refused(400, "POST", "/v1/campaign", json={**CAMPAIGN, **wrong})
    assert account.sandbox.campaigns() == []
    campaign = account.campaign()
    account.refused(400, "PUT", f"/v1/campaign/{campaign}", json={**CAMPAIGN, **wrong})


@pytest.mark.parametrize("name", sorted(CAMPAIGN))
def test_a_campaign_without_a_required_field_is_refused(account: Account, name: str) -> None:
    left = {key: value for key, value in CAMPAIGN.items() if key != name}
    assert account.refused(400, "POST", "/v1/campaign", json=left) == f"{name} is required."


def test_campaigns_are_searched_sorted_and_paged_and_may_have_twins(account: Account) -> None:
    for title in ("Pear", "apple", "Apple"):
        account.campaign(title=title)
    assert account.titles() == ["Apple", "Pear", "apple"]
    assert account.titles(title="APPL") == ["Apple", "apple"]
    assert account.titles(limit=2, page=2) == ["apple"]
    assert account.titles(limit=2, page=3) == []
    account.call(account.sandbox.campaigns()[0], account.contact())
    assert account.titles(orderBy="calls")[-1] == "Pear"
    account.campaign(title="Apple")
    assert account.titles(title="Apple").count("Apple") == 2


def test_deleted_campaigns_are_listed_unless_they_are_not_wanted(account: Account) -> None:
    campaign = account.campaign()
    assert account.ask("DELETE", f"/v1/campaign/{campaign}") == OK
    assert (account.titles(), account.titles(showDeleted="false")) == (["Spring"], [])
    assert account.ask("GET", f"/v1/campaign/{campaign}")["campaign"]["status"] == "deleted"
    account.refused(404, "DELETE", f"/v1/campaign/{campaign}")
    account.refused(404, "PUT", f"/v1/campaign/{campaign}", json=CAMPAIGN)
    assert account.sandbox.campaigns() == []


def test_putting_a_campaign_replaces_all_of_it(account: Account) -> None:
    campaign = account.campaign(externalId="ours", tags=["a"], timeline_retry=[HOURS_2])
    account.clock.advance(1)
    assert account.ask("PUT", f"/v1/campaign/{campaign}", json={**CAMPAIGN, "status": "paused"}) == OK
    read = account.ask("GET", f"/v1/campaign/{campaign}")["campaign"]
    assert (read["status"], read["externalId"], read["tags"]) == ("paused", None, [])
    assert read["updatedAt"] == "2026-06-01T17:00:01.000Z"
    account.ask("POST", "/v1/call", json={"campaignId": campaign, "contactId": account.contact()})
    assert account.sandbox.line.calls[0].waits == ()


def test_people_can_add_campaigns_in_the_console(account: Account) -> None:
    campaign = account.sandbox.add_campaign(title="By hand", status="paused")
    assert account.sandbox.campaigns() == [campaign]
    assert account.ask("GET", f"/v1/campaign/{campaign}")["campaign"]["title"] == "By hand"


def test_an_automatic_campaign_calls_people_with_its_tags_by_itself_each_morning(account: Account) -> None:
    monday = {"day": "tuesday", "start": "10:30", "end": "11:00"}
    account.campaign(automatic_scheduler=True, tags=["t"], calls_per_day=2, allDays=[monday])
    for number in (PLAIN, "13125550111", "12025550112"):
        account.contact(number, tags=["t"])
    account.contact("12025550113", tags=["other"])
    account.contact("12025550114", tags=["t"], status="paused")
    account.pass_time(hours=1)
    assert account.calls() == []
    account.pass_time(hours=16)  # 07:00 on Tuesday in the vendor's home
    assert [(call.phone, call.due_at) for call in account.sandbox.line.calls] == [
        (PLAIN, datetime(2026, 6, 2, 14, 30, tzinfo=UTC)),
        ("13125550111", datetime(2026, 6, 2, 15, 30, tzinfo=UTC)),
    ]


def test_the_next_morning_is_for_people_who_were_not_called_yet(account: Account) -> None:
    account.campaign(automatic_scheduler=True, tags=["t"])  # one call a day, at once: no hours are given
    for number in (ANSWERED, "12025550200", "12025550300"):
        account.contact(number, tags=["t"])
    for _ in range(2):
        account.pass_time(days=1)
    assert [call.phone for call in account.sandbox.line.calls] == [ANSWERED, "12025550200"]


def test_daily_credits_hold_calls_until_the_next_day(account: Account) -> None:
    campaign = account.campaign(credits_per_day=0.1)
    account.call(campaign, account.contact(ANSWERED))
    account.pass_time(minutes=1)
    call = account.call(campaign, account.contact("12025550200"))
    account.pass_time(minutes=1)
    assert account.status(call) == "scheduled"
    account.pass_time(days=1)
    account.pass_time(minutes=1)
    assert account.status(call) == "finished"


# ---- contacts


def test_a_contact_is_answered_with_the_documented_fields(account: Account) -> None:
    extra = {"key": "open_sum", "type": "number", "value": 12.5}
    given = contact(name="Ada Fiction", tags=["t"], has_aditional_fields=True, aditionalFields=[extra])
    answered = account.ask("POST", "/v1/contact", json=given)["contact"]
    assert answered == {
        "blockedCampaigns": [],
        "tags": ["t"],
        "_id": answered["_id"],
        "phones": [{"_id": answered["phones"][0]["_id"], **phone()}],
        "rescheduleCampaigns": [],
        "aditionalFields": [extra],
        "name": "Ada Fiction",
        "company": answered["company"],
        "language": "en-us",
        "has_aditional_fields": True,
        "status": "active",
        "blacklist": False,
        "createdAt": "2026-06-01T17:00:00.000Z",
        "updatedAt": "2026-06-01T17:00:00.000Z",
        "__v": 0,
    }
    del answered["phones"][0]["type"]  # as in the samples: not in later answers
    assert account.ask("GET", f"/v1/contact/{answered['_id']}")["contact"] == answered


@pytest.mark.parametrize(
    "wrong",
    [
        {"phones": []},
        {"phones": [phone(f"+{PLAIN}")]},
        {"phones": [phone("442079460000")]},
        {"phones": [phone("1202555011")]},
        {"phones": [phone(12025550110)]},
        {"phones": [phone("559912345678901")]},
        {"phones": [phone(REFUSED)]},
        {"phones": [phone(main=False)]},
        {"phones": [phone(), phone("12025550111")]},
        {"phones": [phone(not_disturb=True)]},
        {"phones": [{"number": PLAIN, "main": True, "not_disturb": False}]},
        {"language": "en-US"},
        {"language": None},
        {"gender": "x"},
        {"birth_date": "1990-02-30"},
        {"status": "unknown"},
        {"has_aditional_fields": True},
        {"has_aditional_fields": True, "aditionalFields": [{"key": "k", "type": "number", "value": "1"}]},
        {"has_aditional_fields": True, "aditionalFields": [{"key": "k", "type": "text", "value": 1}]},
        {"additionalFields": []},
        {"blacklist": True},
    ],
    ids=str,
)
def test_a_contact_of_wrong_fields_is_refused(account: Account, wrong: dict[str, Any]) -> None:
    account.refused(400, "POST", "/v1/contact", json={**contact(), **wrong})
    known = account.contact()
    account.refused(400, "PUT", f"/v1/contact/{known}", json={**contact(), **wrong})
    assert len(account.sandbox.contact_of) == 1


def test_brazilian_numbers_have_10_or_11_digits_after_55(account: Account) -> None:
    for number in ("5511900000001", "551120000001"):
        account.contact(number)
    account.refused(400, "POST", "/v1/contact", json=contact("55119000001"))


def test_contacts_are_found_by_name_tag_and_campaign(account: Account) -> None:
    first = account.contact(name="Bo Fiction", tags=["a"])
    account.contact("12025550111", name="Ada Fiction", tags=["b", "c"])
    account.contact("12025550112", name="Cy Fiction")
    tagged = account.campaign(tags=["c"])
    account.call(tagged, first)
    assert account.names() == ["Ada Fiction", "Bo Fiction", "Cy Fiction"]
    assert account.names(name="ada") == ["Ada Fiction"]
    assert account.names(tags='["a","c"]') == ["Ada Fiction", "Bo Fiction"]
    assert account.names(tags="[]") == ["Ada Fiction", "Bo Fiction", "Cy Fiction"]
    assert account.names(campaign=tagged) == ["Ada Fiction", "Bo Fiction"]
    assert account.names(campaign=UNKNOWN) == []
    account.clock.advance(1)
    account.ask("PUT", f"/v1/contact/{first}", json=contact(name="Bo Fiction"))
    assert account.names(orderBy="updated_at") == ["Ada Fiction", "Cy Fiction", "Bo Fiction"]
    assert account.names(tags='["a"]') == []


def test_the_same_contact_twice_is_two(account: Account) -> None:
    assert account.contact() != account.contact()


def test_putting_a_contact_makes_it_active_again_unless_told_otherwise(account: Account) -> None:
    known = account.contact(status="not_disturb", externalId="ours")
    account.refused(400, "PUT", f"/v1/contact/{known}", json={"name": "Ada Fiction"})
    assert account.ask("PUT", f"/v1/contact/{known}", json=contact()) == OK
    read = account.ask("GET", f"/v1/contact/{known}")["contact"]
    assert (read["status"], "externalId" in read) == ("active", False)


def test_a_deleted_contact_is_kept_as_deleted_and_not_dialed(account: Account) -> None:
    known = account.contact(name="Ada Fiction")
    call = account.call(account.campaign(), known, date="2026-06-01 14:00:00")
    assert account.ask("DELETE", f"/v1/contact/{known}") == OK
    account.refused(404, "DELETE", f"/v1/contact/{known}")
    assert account.ask("GET", f"/v1/contact/{known}")["contact"]["status"] == "deleted"
    assert account.names() == ["Ada Fiction"]
    account.pass_time(hours=5)
    assert (account.status(call), account.rung()) == ("scheduled", [])


def test_aditional_fields_that_are_not_announced_are_dropped(account: Account) -> None:
    known = account.contact(aditionalFields=[{"key": "k", "type": "text", "value": "v"}])
    assert account.ask("GET", f"/v1/contact/{known}")["contact"]["aditionalFields"] == []


# ---- calls


def test_a_call_object_has_the_documented_fields_and_the_accounts_key(account: Account) -> None:
    campaign, known = account.campaign(), account.contact(ANSWERED)
    call = account.call(campaign, known, externalId="r-1")
    account.pass_time(minutes=1)
    shown = account.ask("GET", f"/v1/call/{call}")["call"]
    assert shown == {
        "_id": call,
        "userId": shown["company"],
        "company": shown["company"],
        "toNumber": ANSWERED,
        "campaign": campaign,
        "environment": "production",
        "inbound_outbound": "outbound",
        "contact": known,
        "contactSent": known,
        "templateId": CALLBOT_TEMPLATE,
        "authorization": f"Bearer {KEY}",
        "respFinal": [],
        "internalAudios": {},
        "audiosFinalToPlay": {},
        "templateFinal": account.ask("GET", f"/v1/template/{CALLBOT_TEMPLATE}")["template"],
        "endpointAsterisk": "SIP/sandbox/",
        "balance": [],
        "externalId": "r-1",
        "id_custom": f"{ANSWERED}_{int(START.timestamp())}",
        "call_uuid": shown["call_uuid"],
        "status": "finished",
        "timestamp": int(START.timestamp()) + 6,
        "fullConversation": [],
        "audios": {"url": f"https://targg.invalid/recordings/{call}.wav", "duration": 3.0},
    }
    listed = account.calls()[0]
    assert {name: value for name, value in listed.items() if name in shown} == shown
    assert (listed["rating"], listed["contactUni"]["_id"], listed["campaignUni"]["_id"]) == (
        shown,
        known,
        campaign,
    )
    assert sorted(set(listed) - set(shown)) == ["campaignUni", "contactUni", "rating"]


def test_a_recording_needs_no_key_and_is_there_for_finished_calls_only(account: Account) -> None:
    campaign = account.campaign()
    spoken, unheard = (account.call(campaign, account.contact(number)) for number in (ANSWERED, UNHEARD))
    account.pass_time(minutes=1)
    answer = client(account.sandbox, key=None).get(f"/recordings/{spoken}.wav")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert (answer.content[:4], len(answer.content)) == (b"RIFF", 44 + 3 * 8000)
    assert account.ask("GET", f"/v1/call/{unheard}")["call"]["audios"] == {}
    account.refused(404, "GET", f"/recordings/{unheard}.wav")
    account.refused(404, "GET", f"/recordings/{UNKNOWN}.wav")


@pytest.mark.parametrize(
    "wrong",
    [
        {"contactId": None},
        {"contactId": 7},
        {"date": "2026-06-02T10:00:00"},
        {"date": "2026-06-02T10:00:00Z"},
        {"date": "2026-06-31 10:00:00"},
        {"date": 1780000000},
        {"date": None},
        {"externalId": 7},
        {"fullContact": contact()},
        {"fullCampaign": CAMPAIGN},
        {"priority": 1},
    ],
    ids=str,
)
def test_a_call_of_wrong_fields_is_refused(account: Account, wrong: dict[str, Any]) -> None:
    given = {"campaignId": account.campaign(), "contactId": account.contact(), **wrong}
    account.refused(400, "POST", "/v1/call", json=given)
    assert account.sandbox.line.calls == []


def test_a_call_needs_a_known_contact_and_campaign(account: Account) -> None:
    campaign, known = account.campaign(), account.contact()
    account.refused(400, "POST", "/v1/call", json={"campaignId": campaign})
    account.refused(400, "POST", "/v1/call", json={"contactId": known})
    account.refused(404, "POST", "/v1/call", json={"campaignId": campaign, "contactId": UNKNOWN})
    account.refused(404, "POST", "/v1/call", json={"campaignId": UNKNOWN, "contactId": known})
    assert account.sandbox.line.calls == []


def test_full_objects_make_new_ones_each_time(account: Account) -> None:
    for _ in range(2):
        account.ask("POST", "/v1/call", json={"fullContact": contact(), "fullCampaign": CAMPAIGN})
    assert len({call["contact"] for call in account.calls()}) == 2
    assert len({call["campaign"] for call in account.calls()}) == 2
    wrong = {"fullContact": contact(REFUSED), "fullCampaign": CAMPAIGN}
    account.refused(400, "POST", "/v1/call", json=wrong)
    assert len(account.sandbox.campaigns()) == len(account.sandbox.contact_of) == 2


def test_the_same_call_twice_rings_twice(account: Account) -> None:
    campaign, known = account.campaign(), account.contact(UNHEARD)
    for _ in range(2):
        account.call(campaign, known, externalId="r-1")
    account.pass_time(minutes=1)
    assert [number for number, _ in account.rung()] == [UNHEARD, UNHEARD]
    assert [call["externalId"] for call in account.calls()] == ["r-1", "r-1"]


@pytest.mark.parametrize(
    ("number", "wall", "instant"),
    [
        (PLAIN, "2026-07-01 10:00:00", "2026-07-01T14:00:00+00:00"),
        ("13125550111", "2026-07-01 10:00:00", "2026-07-01T15:00:00+00:00"),
        ("5511900000001", "2026-07-01 10:00:00", "2026-07-01T13:00:00+00:00"),
        ("5592900000001", "2026-07-01 10:00:00", "2026-07-01T14:00:00+00:00"),
        (PLAIN, "2026-12-01 10:00:00", "2026-12-01T15:00:00+00:00"),
        (PLAIN, "2026-11-01 01:30:00", "2026-11-01T05:30:00+00:00"),
        ("15555550111", "2026-07-01 10:00:00", "2026-07-01T14:00:00+00:00"),
        ("12085550111", "2026-07-01 10:00:00", "2026-07-01T16:00:00+00:00"),
        (PLAIN, "2026-06-01 12:59:59", "2026-06-01T17:00:00+00:00"),
    ],
)
def test_a_date_is_the_wall_clock_of_the_person_called(
    account: Account, number: str, wall: str, instant: str
) -> None:
    account.call(account.campaign(), account.contact(number), date=wall)
    assert account.sandbox.line.calls[0].due_at.isoformat() == instant


def test_a_scheduled_call_is_moved_rung_and_deleted(account: Account) -> None:
    campaign = account.campaign()
    moved, rung, gone = (
        account.call(campaign, account.contact(f"1202555011{n}"), date="2026-06-05 10:00:00")
        for n in range(3)
    )
    assert account.ask("PUT", f"/v1/call/{moved}", json={"date": "2026-06-01 14:00:00"}) == {
        "response": True,
        "message": "Call updated",
    }
    assert account.ask("POST", f"/v1/call/{rung}/ring")["message"] == "Call in progress"
    assert account.ask("DELETE", f"/v1/call/{gone}") == {"response": True, "message": "Call deleted"}
    account.refused(404, "DELETE", f"/v1/call/{gone}")
    account.refused(404, "GET", f"/v1/call/{gone}")
    assert sorted(call["_id"] for call in account.calls()) == [moved, rung]
    account.pass_time(days=10)
    assert sorted(account.rung()) == [
        ("12025550110", datetime(2026, 6, 1, 18, 0, 1, tzinfo=UTC)),
        ("12025550111", datetime(2026, 6, 1, 17, 0, 1, tzinfo=UTC)),
    ]


def test_moving_a_call_without_a_date_rings_it_now(account: Account) -> None:
    call = account.call(account.campaign(), account.contact(), date="2026-06-05 10:00:00")
    account.refused(400, "PUT", f"/v1/call/{call}", json={"dat": "2026-06-06 10:00:00"})
    account.ask("PUT", f"/v1/call/{call}")
    account.pass_time(seconds=1)
    assert account.rung() == [(PLAIN, START + timedelta(seconds=1))]


def test_moving_a_call_into_the_past_rings_it_now(account: Account) -> None:
    call = account.call(account.campaign(), account.contact(), date="2026-06-05 10:00:00")
    account.ask("PUT", f"/v1/call/{call}", json={"date": "2026-05-05 10:00:00"})
    account.pass_time(seconds=1)
    assert account.rung() == [(PLAIN, START + timedelta(seconds=1))]


def test_a_last_day_ends_at_the_midnight_it_begins_with(by_hand: Account) -> None:
    by_hand.clock.advance(timedelta(hours=10).total_seconds())  # midnight at the vendor's home
    by_hand.call(by_hand.campaign(), by_hand.contact())
    assert by_hand.calls(end_date="2026-06-02") == []
    assert len(by_hand.calls(ini_date="2026-06-02", end_date="2026-06-03")) == 1


@pytest.mark.parametrize("result", [None, Result.ANSWERED])
def test_a_call_that_is_no_longer_scheduled_stays_as_it_is(by_hand: Account, result: Result | None) -> None:
    call = by_hand.call(by_hand.campaign(), by_hand.contact())
    by_hand.sandbox.dial(PLAIN, result)
    before = by_hand.ask("GET", f"/v1/call/{call}")
    by_hand.refused(400, "PUT", f"/v1/call/{call}", json={"date": "2026-06-05 10:00:00"})
    by_hand.refused(400, "DELETE", f"/v1/call/{call}")
    by_hand.refused(400, "POST", f"/v1/call/{call}/ring")
    assert by_hand.ask("GET", f"/v1/call/{call}") == before


@pytest.mark.parametrize("status", ["paused", "inactive"])
def test_calls_of_a_campaign_that_does_not_dial_wait_and_then_ring(account: Account, status: str) -> None:
    campaign = account.campaign(status=status)
    call = account.call(campaign, account.contact())
    account.ask("POST", f"/v1/call/{call}/ring")
    account.pass_time(hours=1)
    assert (account.status(call), account.rung()) == ("scheduled", [])
    account.ask("PUT", f"/v1/campaign/{campaign}", json=CAMPAIGN)
    account.pass_time(seconds=1)
    assert [number for number, _ in account.rung()] == [PLAIN]


def test_calls_are_filtered(account: Account) -> None:
    one, two = account.campaign(), account.campaign(title="Two")
    ada, bo = account.contact(ANSWERED), account.contact(UNHEARD)
    first, second = account.call(one, ada), account.call(two, bo)
    account.pass_time(minutes=1)
    account.clock.advance(timedelta(hours=9, minutes=30).total_seconds())  # 02:31 UTC, still that day at home
    third = account.call(two, ada, date="2026-06-20 10:00:00")

    def ids(**params: str) -> list[str]:
        return [call["_id"] for call in account.calls(**params)]

    assert ids() == [third, second, first]
    assert ids(campaigns=json.dumps([two])) == [third, second]
    assert ids(contacts=json.dumps([ada, bo])) == [third, second, first]
    assert ids(contacts=json.dumps([ada]), campaigns=json.dumps([one])) == [first]
    assert ids(status='["finished","failed"]') == [second, first]
    assert ids(contacts="[]") == [third, second, first]
    assert ids(ini_date="2026-06-01", end_date="2026-06-02") == [third, second, first]
    assert account.ask("GET", "/v1/calls?page=1&ini_date=2026-06-02")["calls"] == [{"data": [], "count": []}]
    assert account.ask("GET", "/v1/calls?page=1&end_date=2026-06-01")["calls"] == [{"data": [], "count": []}]


@pytest.mark.parametrize("path", ["calls", "campaigns", "contacts", "templates", "blacklist"])
@pytest.mark.parametrize(
    "query", ["", "page=0", "page=x", "page=-1", "page=1&limit=0", "page=1&limit=x", "page=1&sort=name"]
)
def test_a_list_needs_a_page_and_takes_documented_parameters_only(
    account: Account, path: str, query: str
) -> None:
    account.refused(400, "GET", f"/v1/{path}?{query}")


@pytest.mark.parametrize(
    "query",
    [
        "calls?page=1&status=finished",
        'calls?page=1&status=["done"]',
        "calls?page=1&contacts=[1]",
        "calls?page=1&contacts[]=a",
        "calls?page=1&ini_date=2026-6-1",
        "calls?page=1&end_date=2026-02-30",
        "campaigns?page=1&showDeleted=0",
        "campaigns?page=1&orderBy=created",
        "contacts?page=1&orderBy=email",
        "use_per_campaign/?campaigns=all",
        "remaining_credits/?page=1",
    ],
)
def test_malformed_parameters_are_refused(account: Account, query: str) -> None:
    account.refused(400, "GET", f"/v1/{query}")


def test_a_page_has_10_items_by_default_and_never_more_than_50(account: Account) -> None:
    campaign, known = account.campaign(), account.contact()
    for _ in range(51):
        account.ask("POST", "/v1/call", json={"campaignId": campaign, "contactId": known})
    for query, count in (
        ("page=1", 10),
        ("page=2&limit=50", 1),
        ("page=1&limit=99", 50),
        ("page=3&limit=50", 0),
    ):
        answer = account.ask("GET", f"/v1/calls?{query}")["calls"][0]
        assert (len(answer["data"]), answer["count"]) == (count, [{"_id": None, "total": 51}])


def test_pages_can_be_made_small_and_cover_all() -> None:
    account = Account(page_limit=2)
    campaign = account.campaign()
    made = [account.call(campaign, account.contact(f"1202555011{n}")) for n in range(5)]
    pages = [[call["_id"] for call in account.calls(page=page)] for page in (1, 2, 3, 4)]
    assert pages == [[made[4], made[3]], [made[2], made[1]], [made[0]], []]
    listed = account.ask("GET", "/v1/contacts?page=2&limit=50")["contacts"]
    assert (listed["totalDocs"], listed["limit"], listed["offset"], len(listed["docs"])) == (5, 2, 2, 2)


def test_lists_may_lag_behind() -> None:
    account = Account(lag_seconds=30, is_automatic=False)
    campaign, known = account.campaign(), account.contact(name="Ada Fiction")
    account.ask("POST", "/v1/call", json={"campaignId": campaign, "contactId": known})
    account.clock.advance(29)
    assert (account.calls(), account.titles(), account.names()) == ([], [], [])
    assert account.ask("GET", f"/v1/contact/{known}")["contact"]["name"] == "Ada Fiction"
    account.clock.advance(1)
    assert (len(account.calls()), account.titles(), account.names()) == (1, ["Spring"], ["Ada Fiction"])


# ---- the life of a call


def test_the_line_lets_a_call_ring_be_answered_and_finish(account: Account) -> None:
    account.sandbox.hook_url = "https://ours.invalid/hook"
    call = account.call(account.campaign(), account.contact(ANSWERED))
    seen = [account.status(call)]
    for _ in range(6):
        account.clock.advance(1)
        seen.append(account.status(call))
    assert seen == ["scheduled", "started", "started", "hanged", "hanged", "hanged", "finished"]
    assert account.told() == ["schedule", "schedule_done", "started", "hanged", "finished"]
    url, hook = account.sandbox.outbox[-1]
    shown = account.ask("GET", f"/v1/call/{call}")["call"]
    assert (url, hook.method, json.loads(hook.body)) == ("https://ours.invalid/hook", "POST", shown)


@pytest.mark.parametrize(
    ("result", "word"),
    [
        (Result.ANSWERED, "finished"),
        (Result.TRANSFERRED, "finished"),
        (Result.ABANDONED, "finished"),
        (Result.VOICEMAIL, "failed"),
        (Result.NO_ANSWER, "failed"),
        (Result.BUSY, "failed"),
        (Result.INVALID_NUMBER, "failed"),
        (Result.CARRIER_ERROR, "failed"),
    ],
)
def test_a_call_that_is_dialed_by_hand_ends_in_the_vendors_word(
    by_hand: Account, result: Result, word: str
) -> None:
    call = by_hand.call(by_hand.campaign(), by_hand.contact())
    by_hand.pass_time(days=1)
    assert by_hand.status(call) == "scheduled"
    by_hand.sandbox.dial(PLAIN, None)
    assert by_hand.status(call) == "started"
    by_hand.sandbox.dial(PLAIN, result)
    assert by_hand.status(call) == word
    assert json.loads(by_hand.sandbox.hook(PLAIN).body)["status"] == word


def test_any_word_can_be_shown(by_hand: Account) -> None:
    call = by_hand.call(by_hand.campaign(), by_hand.contact())
    for word in ("schedule_done", "zz-unheard-of"):
        by_hand.sandbox.dial(PLAIN, word)
        assert (by_hand.status(call), by_hand.calls()[0]["status"]) == (word, word)


def test_a_deleted_call_is_not_told_of(account: Account) -> None:
    call = account.call(account.campaign(), account.contact())
    account.sandbox.hook_url = "https://ours.invalid/hook"
    account.ask("DELETE", f"/v1/call/{call}")
    assert account.told() == []


def test_a_number_s_ending_decides_about_faults_at_the_door(account: Account) -> None:
    campaign = account.campaign()
    lost, throttled, unread = (account.contact(f"1202555010{n}") for n in (5, 6, 8))

    def create(known: str) -> httpx.Response:
        return account.client.post("/v1/call", json={"campaignId": campaign, "contactId": known})

    with pytest.raises(httpx.RemoteProtocolError):
        create(lost)
    assert create(throttled).status_code == 429
    with pytest.raises(httpx.RemoteProtocolError):
        create(unread)
    assert [call["contact"] for call in account.calls()] == [lost]
    assert [create(known).status_code for known in (throttled, unread)] == [200, 200]


# ---- native redials


def test_a_failed_call_is_redialed_by_the_campaigns_timeline_as_the_same_call(account: Account) -> None:
    days = {**HOURS_2, "unit": 2, "duration": 1}
    call = account.call(account.campaign(timeline_retry=[HOURS_2, days]), account.contact(UNHEARD))
    account.sandbox.hook_url = "https://ours.invalid/hook"
    account.pass_time(minutes=1)
    assert account.status(call) == "scheduled"
    account.pass_time(days=2)
    first, second = START + timedelta(seconds=1), START + timedelta(seconds=4, hours=2)
    third = second + timedelta(seconds=3, days=1)
    assert [at for _, at in account.rung()] == [first, second, third]
    assert account.told() == ["schedule_done", "started", "failed", "schedule"] * 2 + [
        "schedule_done",
        "started",
        "failed",
    ]
    assert [each["_id"] for each in account.calls()] == [call]


def test_a_redial_may_be_another_call_object_with_the_same_reference() -> None:
    account = Account(redials=Redials.NEW)
    campaign = account.campaign(timeline_retry=[HOURS_2])
    call = account.call(campaign, account.contact(UNHEARD), externalId="r-1")
    account.pass_time(minutes=1)
    assert [(each["status"], each["externalId"]) for each in account.calls()] == [
        ("scheduled", "r-1"),
        ("failed", "r-1"),
    ]
    account.pass_time(days=1)
    assert len(account.rung()) == 2
    assert [each["status"] for each in account.calls()] == ["failed", "failed"]
    assert account.status(call) == "failed"


@pytest.mark.parametrize(("is_heeded", "rings"), [(True, 1), (False, 2)])
def test_a_redials_call_may_come_into_being_no_sooner_than_it_is_due(is_heeded: bool, rings: int) -> None:
    account = Account(redials=Redials.LATE, ignores_contact_status=not is_heeded)
    known = account.contact(UNHEARD)
    account.call(account.campaign(timeline_retry=[HOURS_2]), known, externalId="r-1")
    account.pass_time(hours=1)
    assert [each["status"] for each in account.calls()] == ["failed"]
    account.ask("PUT", f"/v1/contact/{known}", json=contact(UNHEARD, status="not_disturb"))
    account.pass_time(hours=1, seconds=4)
    assert [each["externalId"] for each in account.calls()] == ["r-1"] * rings
    account.pass_time(hours=1)
    assert len(account.rung()) == rings


def test_an_answered_call_is_not_redialed_and_a_waiting_redial_can_be_deleted(by_hand: Account) -> None:
    campaign = by_hand.campaign(timeline_retry=[HOURS_2])
    call = by_hand.call(campaign, by_hand.contact())
    by_hand.sandbox.dial(PLAIN, Result.BUSY)
    assert by_hand.status(call) == "scheduled"
    by_hand.ask("DELETE", f"/v1/call/{call}")
    other = by_hand.call(campaign, by_hand.contact("12025550111"))
    by_hand.sandbox.dial("12025550111", Result.ANSWERED)
    assert by_hand.status(other) == "finished"


@pytest.mark.parametrize("are_new", [False, True])
def test_a_redial_may_go_to_the_other_phone_and_keep_off_the_weekend(are_new: bool) -> None:
    account = Account(redials=Redials.NEW if are_new else Redials.SAME)
    step = {"unit": 2, "duration": 5, "option_hour": 2, "phone_choose": 2}  # five days on: a Saturday
    quiet = phone("12025550113", main=False, not_disturb=True)
    phones = [phone(UNHEARD), quiet, phone("12025550201", main=False)]
    known = account.contact(UNHEARD, phones=phones)
    account.call(account.campaign(timeline_retry=[step]), known)
    account.pass_time(days=1)
    account.pass_time(days=9)
    monday = START + timedelta(days=7, seconds=4)
    assert account.rung() == [(UNHEARD, START + timedelta(seconds=1)), ("12025550201", monday)]
    assert [call["toNumber"] for call in account.calls()] == ["12025550201", UNHEARD][: 1 + are_new]


def test_a_same_phone_redial_keeps_off_the_weekend_too(account: Account) -> None:
    step = {"unit": 2, "duration": 5, "option_hour": 2, "phone_choose": 1}
    account.call(account.campaign(timeline_retry=[step]), account.contact(UNHEARD))
    account.pass_time(days=10)
    assert [at for _, at in account.rung()] == [
        START + timedelta(seconds=1),
        START + timedelta(days=7, seconds=4),
    ]


# ---- for the conformance kit, and served


def test_the_kit_sees_what_will_ring(by_hand: Account) -> None:
    stand = SandboxStandIn(by_hand.sandbox)
    campaign = by_hand.campaign(timeline_retry=[HOURS_2])
    by_hand.call(campaign, by_hand.contact(), externalId="r-1", date="2026-06-02 10:00:00")
    gone = by_hand.call(campaign, by_hand.contact("12025550111"))
    by_hand.ask("DELETE", f"/v1/call/{gone}")
    assert stand.campaigns() == [campaign]
    assert stand.rings() == [
        PlannedRing(
            phone=PLAIN,
            ref="r-1",
            not_before=datetime(2026, 6, 2, 14, 0, tzinfo=UTC),
            most=2,
            waits=(NativeStep(amount=2, unit=Unit.HOUR),),
        )
    ]


def test_only_what_is_on_the_page_is_written_out(by_hand: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, known = by_hand.campaign(), by_hand.contact()
    made = [by_hand.call(campaign, known) for _ in range(60)]
    shown: list[str] = []
    show = by_hand.sandbox.show
    monkeypatch.setattr(by_hand.sandbox, "show", lambda call: shown.append(call.key) or show(call))
    by_hand.calls(limit=20, page=2, campaigns=json.dumps([campaign]), status='["scheduled"]')
    assert shown == made[39:19:-1]


@pytest.fixture
def served() -> Iterator[ServedSandbox]:
    served = ServedSandbox(TarggSandbox, pace=Pace(wait=0, ring=0, talk=0))
    served.start()
    yield served
    served.stop()


def test_it_is_served_over_a_socket(served: ServedSandbox) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=served.base_url, headers=headers, trust_env=False) as there:
        body = {"fullContact": contact(ANSWERED), "fullCampaign": CAMPAIGN, "externalId": "r-1"}
        assert there.post("/v1/call", json=body).json()["message"] == "Call in progress"
        served.sandbox.pass_time()
        call = there.get("/v1/calls", params={"page": 1}).json()["calls"][0]["data"][0]
        assert (call["status"], call["externalId"]) == ("finished", "r-1")
        assert call["audios"]["url"] == f"{served.base_url}/recordings/{call['_id']}.wav"
        assert httpx.get(call["audios"]["url"], trust_env=False).headers["content-type"] == "audio/wav"
        assert there.get("/_sandbox/rings").json()[0]["ref"] == "r-1"
    assert served.sandbox.line.calls[0].stage is Stage.ENDED
