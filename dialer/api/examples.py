"""Own the examples in the OpenAPI document: one for every body, made from its schema and from names that are known.

Never changes a schema; an example that a view gives itself is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dialer.api.codes import BY_STATUS, MEANINGS, Code

_ID = "0197f3a0-5b1c-7cc1-9d1e-3a8b2f4c6d7e"
_AT = "2026-03-02T13:00:00Z"
_PHONE = "+442079460123"

#: What a field of this name holds, wherever it stands; it is used only where its type and words allow it.
BY_NAME: Mapping[str, Any] = {
    "phone": _PHONE,
    "number": _PHONE,
    "caller_id": "+442079460100",
    "email": "ana@example.com",
    "external_id": "crm-42",
    "language": "pt-BR",
    "timezone": "Europe/London",
    "country": "GB",
    "default_country": "GB",
    "currency": "EUR",
    "limit": "50.00",
    "amount": "12.5000",
    "cost": "0.0200",
    "base_url": "https://portal.example.com",
    "webhook_url": "https://dialer.example.com/hooks/simulator/3q2-7wEXAMPLE",
    "url": "https://crm.example.com/webhooks/dialer",
    "next": "https://dialer.example.com/api/v1/campaigns?cursor=cD0wMTk3",
    "previous": None,
    "tags": ["renewal"],
    "attributes": {"debt": "120.00"},
    "after": "PT2H",
    "on": ["no_answer", "busy"],
    "start": "09:00",
    "end": "18:00",
    "gate": "window",
    "rule": "campaign.calling_windows",
    "reason": "outside of the calling window",
    "provider": "simulator",
    "slug": "simulator",
    "source": "call centre",
    "pointer": "/phones/0/number",
    "raw_status": "NO ANSWER",
    "mapping": '{"Tel": "phone", "Kunde": "name"}',
    "file": "people.csv",
    "filename": "people.csv",
    "date": "2026-03-02",
    "allowed_actions": ["pause", "complete"],
    "credentials": {},
    "settings": {},
    "provider_options": {},
    "params": {"filename": "people.csv", "on_duplicate": "reject", "dry_run": False},
    "capabilities": {"batch_size": 1, "withdraw": True},
    "credentials_schema": {"type": "object", "properties": {}},
    "settings_schema": {"type": "object", "properties": {}},
    "gates": {"outcome": "allowed", "gate": "all"},
    "by_currency": {"EUR": "12.5000"},
    "priority": 5,
    "version": 3,
    "page_size": 100,
    "progress": 0.42,
    "total": 3,
    "processed": 3,
    "accepted": 2,
    "rejected": 1,
    "connect_rate": 0.31,
    "still_held": 0,
    "index": 0,
    "status": "running",
    "status_reason": "",
    "remote_campaign_id": "8841",
    "remote_name": "March renewals",
    "remote_state": "active",
    "template_id": "17",
    "provider_ref": "C-20931",
    "max_attempts_per_contact": 6,
    "max_attempts_per_day": 2,
    "daily_call_limit": 2000,
    "daily_budget": "50.00",
    "max_requests_per_second": 5.0,
    "max_concurrent_calls": 40,
    "visible_after_seconds": 900,
    "give_up_after_seconds": 86400,
    "auto_complete": False,
    "duplicate": False,
    "obstacles": [],
    "waivers": [],
    "warnings": [],
    "last_error": "",
    "finish_detail": "",
    "duration_seconds": 40,
}
#: What only one body says otherwise.
BY_COMPONENT: Mapping[str, Mapping[str, Any]] = {
    "Account": {"name": "Main line"},
    "Campaign": {"name": "March renewals", "purpose": "service"},
    "Contact": {"name": "Ana Souza"},
    "ContactIn": {"name": "Ana Souza"},
    "CampaignContact": {"name": "Ana Souza"},
    "Timeline": {"name": "Two hours later"},
    "Provider": {"name": "Simulator"},
    "JobOut": {"accepted": 2, "rejected": 1, "total": 3, "error": None},
    "Phone": {"type": "mobile", "is_main": True, "do_not_disturb": False},
    "Suppression": {"reason": "asked not to be called", "contact": None},
    "SuppressionIn": {"reason": "asked not to be called"},
    "ExcludeIn": {"reason": "paid"},
    "Hold": {"until": "2026-03-03T09:00:00Z"},
    "Fault": {"code": "invalid_phone", "detail": "This is no phone number."},
}
#: Bodies in which one of two fields stands, or of which the short form is the better example.
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "ContactIn": frozenset({"phones", "not_before", "not_after"}),
    "SuppressionIn": frozenset({"contact", "campaign", "provider_account", "expires_at"}),
    "Campaign": frozenset({"starts_at", "ends_at", "budgets", "remote_campaign_id", "template_id"}),
    "Account": frozenset({"base_url"}),
    "CampaignContactChange": frozenset({"not_before", "not_after"}),
}
_CSV = "row,verdict,code,pointer,detail\r\n2,rejected,invalid_phone,/phone,This is no phone number.\r\n"
#: Deep enough for every body here; a schema that refers to itself ends.
_DEEPEST = 8


def with_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give each body of each operation an example (a hook of the schema generator)."""
    components = result.get("components", {}).get("schemas", {})
    for content, status in _bodies(result):
        for kind, media in content.items():
            if "example" in media or media.get("examples"):
                continue
            if kind == "application/problem+json":
                media["example"] = problem(status)
            elif kind == "text/csv":
                media["example"] = _CSV
            else:
                media["example"] = sample(media.get("schema", {}), components)
    _share_problems(result)
    return result


def _share_problems(result: dict[str, Any]) -> None:
    """Say once what the problem of a status looks like: it is the same at every operation."""
    shared: dict[str, Any] = {}
    for methods in result.get("paths", {}).values():
        for operation in methods.values():
            answers = operation.get("responses", {}) if isinstance(operation, dict) else {}
            for status, answer in answers.items():
                if "application/problem+json" in answer.get("content", {}):
                    shared[f"Problem{status}"] = answer
                    answers[status] = {"$ref": f"#/components/responses/Problem{status}"}
    result.setdefault("components", {})["responses"] = dict(sorted(shared.items()))


def _bodies(result: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    for methods in result.get("paths", {}).values():
        for operation in methods.values():
            if not isinstance(operation, dict):
                continue
            yield operation.get("requestBody", {}).get("content", {}), 0
            for status, answer in operation.get("responses", {}).items():
                yield answer.get("content", {}), int(status)


def problem(status: int) -> dict[str, Any]:
    """Give the usual problem of a status."""
    code = BY_STATUS.get(status, Code.IDEMPOTENCY_CONFLICT if status == 422 else Code.INTERNAL)
    meaning = MEANINGS[code]
    made: dict[str, Any] = {
        "type": f"urn:dialer:problem:{code}",
        "title": meaning.title,
        "status": status,
        "detail": f"{meaning.title}.",
        "code": str(code),
        "errors": [],
        "retryable": meaning.retryable,
    }
    if code == Code.INVALID:
        fault = {"pointer": "/name", "code": "required", "detail": "This field is required."}
        made |= {"detail": "/name: This field is required.", "errors": [fault]}
    return made


def sample(schema: Any, components: Mapping[str, Any], name: str = "", deep: int = 0) -> Any:
    """Make a value that the schema allows, by the names of its fields where they are known."""
    if not isinstance(schema, Mapping) or deep > _DEEPEST:
        return {}
    if "example" in schema:
        return schema["example"]
    if "$ref" in schema:
        key = schema["$ref"].rsplit("/", 1)[-1]
        return _component(key, components, name, deep)
    for word in ("allOf", "oneOf", "anyOf"):
        if schema.get(word):
            return sample(schema[word][0], components, name, deep + 1)
    kinds = schema.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if name in BY_NAME and _fits(BY_NAME[name], schema, kinds):
        return BY_NAME[name]
    if schema.get("enum"):
        return schema["enum"][0]
    return _of_kind(kinds[0], schema, components, name, deep)


def _component(key: str, components: Mapping[str, Any], name: str, deep: int) -> Any:
    schema = components.get(key, {})
    if schema.get("type") != "object":
        return sample(schema, components, name, deep + 1)
    plain = key.removeprefix("Patched").removesuffix("Request").removesuffix("Out")
    left_out = LEFT_OUT.get(plain, frozenset()) if key.endswith("Request") else frozenset()
    known = BY_COMPONENT.get(key) or BY_COMPONENT.get(plain, {})
    made = {}
    for field, inner in schema.get("properties", {}).items():
        if field not in left_out or field in schema.get("required", ()):
            value = sample(inner, components, field, deep + 1)
            made[field] = known.get(field, value)
    return made


def _fits(value: Any, schema: Mapping[str, Any], kinds: list[str]) -> bool:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    kind = "null" if value is None else names[type(value)]
    allowed = schema.get("enum")
    return kind in kinds and (not allowed or value in allowed)


def _of_kind(
    kind: str, schema: Mapping[str, Any], components: Mapping[str, Any], name: str, deep: int
) -> Any:
    if kind == "object":
        known = schema.get("properties", {})
        return {field: sample(inner, components, field, deep + 1) for field, inner in known.items()}
    if kind == "array":
        return [sample(schema.get("items", {}), components, name, deep + 1)]
    if kind == "string":
        return _text(schema, name)
    return {"boolean": True, "integer": schema.get("minimum", 1), "number": 1.5}.get(kind)


def _text(schema: Mapping[str, Any], name: str) -> str:
    by_format = {
        "uuid": _ID,
        "date-time": _AT,
        "date": "2026-03-02",
        "uri": "https://example.com",
        "email": "ana@example.com",
        "decimal": "12.5000",
        "binary": "people.csv",
    }
    found = by_format.get(schema.get("format", ""))
    return found or (f"https://dialer.example.com/api/v1/{name}" if name.endswith("_url") else name or "text")
