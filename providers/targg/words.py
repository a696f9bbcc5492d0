"""Own what Targg's words mean, and how one call object becomes one report.

Never asks anything; the account's key and copies of other objects are dropped before anything is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from providers.addresses import same_place
from providers.secrets import MASK, Secret, scrub
from providers.values import Report
from providers.vocabulary import Progress, Result

#: Every documented status (document, "Calls" and "Get call Webhook"). `failed` covers voicemail, out of area and
#: all else, with no way to tell (sheet: Gaps 4).
WORDS: dict[str, tuple[Progress, Result | None]] = {
    "scheduled": (Progress.QUEUED, None),
    "schedule": (Progress.QUEUED, None),  # the same in notifications
    # It has left the schedule and is being made: nothing can take it back any more.
    "schedule_done": (Progress.RINGING, None),
    "started": (Progress.RINGING, None),
    "hanged": (Progress.CONNECTED, None),  # the vendor's word for "the customer answers"
    "finished": (Progress.ENDED, Result.ANSWERED),
    "failed": (Progress.ENDED, Result.FAILED),
}
#: Notifications and answers name one fact differently; it must have one event id.
_SAME = {"schedule": "scheduled"}

#: Left out of what is kept: what the report says itself, copies of other objects (a contact with name and email
#: among them), and what is the same on every call of an account. Ten thousand calls are kept in one look.
_NOT_KEPT = frozenset(
    {
        *("_id", "externalId", "status", "toNumber", "id_custom", "audios"),
        *("rating", "contactUni", "campaignUni", "templateFinal", "internalAudios", "audiosFinalToPlay"),
        *("userId", "company", "environment", "inbound_outbound", "endpointAsterisk", "contactSent"),
    }
)
#: Longer is no telephone call but another unit.
_LONGEST_SECONDS = 86_400.0


def is_scheduled(call: Mapping[str, Any]) -> bool:
    """Say whether a call waits for its time, so that it can be deleted or moved."""
    return WORDS.get(_text(call.get("status")), (None, None))[0] is Progress.QUEUED


def ref_of(call: Mapping[str, Any]) -> str | None:
    """Give our reference on a call, if it has any."""
    return _text(call.get("externalId")) or None


def report_of(call: Mapping[str, Any], *, key: Secret, base_url: str, ring_no: int = 1) -> Report:
    """Translate a call object of a list, an answer or a notification.

    No instant is taken over: what `timestamp` means is not said (sheet: Gaps 9). Nor a price: the shape of
    `balance` is not shown. Both stay in `detail`.
    """
    raw = _text(call.get("status"))
    progress, result = WORDS.get(raw, (Progress.UNKNOWN, None))
    number = _text(call.get("toNumber"))
    is_over = progress is Progress.ENDED
    return Report(
        ref=ref_of(call),
        remote_id=call["_id"],
        phone=f"+{number}" if number.isdigit() else None,
        progress=progress,
        result=result,
        raw_status=raw,
        ring_no=ring_no,
        seconds=duration(call) if result is Result.ANSWERED else None,
        recording_url=audio_url(call, base_url) if is_over else None,
        # A native redial may ring the same call object again: its telephone leg has another uuid then.
        event_id=":".join((call["_id"], _text(call.get("call_uuid")), _SAME.get(raw, raw))),
        detail=kept(call, key),
    )


def report_of_failed(call: Mapping[str, Any], ring_no: int) -> Report:
    """Tell of a ring that its call object shows no more, since it waits or rings again: it failed, or it would not."""
    number = _text(call.get("toNumber"))
    return Report(
        ref=ref_of(call),
        remote_id=call["_id"],
        phone=f"+{number}" if number.isdigit() else None,
        progress=Progress.ENDED,
        result=Result.FAILED,
        ring_no=ring_no,
        event_id=f"{call['_id']}:ring {ring_no}:over",
    )


def kept(call: Mapping[str, Any], key: Secret) -> dict[str, Any]:
    """Give what is stored of a call: without the account's key, at any depth, and without copies."""
    return dict(scrub(_without_key({name: call[name] for name in call if name not in _NOT_KEPT}, key)))


def _without_key(value: Any, key: Secret) -> Any:
    """Drop every `authorization` (document, "Call object": it holds the account's own key) and the key's text."""
    if isinstance(value, Mapping):
        return {
            name: _without_key(item, key)
            for name, item in value.items()
            if str(name).strip().lower() != "authorization"
        }
    if isinstance(value, list):
        return [_without_key(item, key) for item in value]
    return value.replace(key.reveal(), MASK) if isinstance(value, str) and key else value


def audio_url(call: Mapping[str, Any], base_url: str) -> str | None:
    """Give the address of a call's recording, if there is one that may be fetched.

    It is the vendor's word, so it must lead over https to a host with a public name, or to the account's own
    address: never to a machine of our network.
    """
    audios = call.get("audios")
    url = audios.get("url") if isinstance(audios, Mapping) else None
    if not isinstance(url, str) or any(ord(character) <= 32 for character in url):
        return None
    if same_place(url, base_url):
        return url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    is_plain = parts.scheme == "https" and port in (None, 443) and parts.username is None
    return url if is_plain and _has_public_name(parts.hostname or "") else None


def _has_public_name(host: str) -> bool:
    labels = host.rstrip(".").split(".")
    # The last label of an address is a number or hexadecimal; local names have one label, or a known last one.
    return len(labels) > 1 and labels[-1].isalpha() and labels[-1] not in ("local", "localhost", "internal")


def duration(call: Mapping[str, Any]) -> float | None:
    """Give the seconds of a call's recording, which are those of its conversation."""
    audios = call.get("audios")
    seconds = audios.get("duration") if isinstance(audios, Mapping) else None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return None
    return float(seconds) if 0 <= seconds < _LONGEST_SECONDS else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
