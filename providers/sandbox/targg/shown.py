"""Own the call object: the vendor's word for where a call is, and every field of it.

Never moves a call.
"""

from __future__ import annotations

import io
import wave
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from providers.sandbox.line import Call, Stage
from providers.sandbox.targg.records import COMPANY
from providers.vocabulary import Result

SCHEDULED, SCHEDULE_DONE, STARTED, HANGED, FINISHED, FAILED = (
    "scheduled",
    "schedule_done",
    "started",
    "hanged",  # somebody answered: not "hung up"
    "finished",
    "failed",
)
STATUSES = (SCHEDULED, SCHEDULE_DONE, FAILED, STARTED, HANGED, FINISHED)
#: "Get call Webhook" spells this one status otherwise than "Calls" does.
HOOK_SPELLING = {SCHEDULED: "schedule"}
#: A call is successful if a person was on the phone; a mailbox is named as a reason of `failed`.
SUCCESSFUL = frozenset({Result.ANSWERED, Result.TRANSFERRED, Result.ABANDONED})
_STAGES = {Stage.RINGING: STARTED, Stage.CONNECTED: HANGED}
#: The silence that stands for a conversation is no longer than this; nobody listens to it.
_LONGEST_WAV_SECONDS = 5.0
_WAV_RATE = 8000


def status_of(call: Call) -> str:
    """Give the vendor's word; a machine that picks up looks like a person until it ends (document silent)."""
    if call.word is not None:
        return call.word
    if call.stage is Stage.ENDED:
        return FINISHED if call.result in SUCCESSFUL else FAILED
    return _STAGES.get(call.stage, SCHEDULED)


def has_recording(call: Call) -> bool:
    """Say whether there is one: of successful calls that are over."""
    return call.stage is Stage.ENDED and call.result in SUCCESSFUL


def shown(call: Call, *, template: dict[str, Any], key: str, host: str, status: str) -> dict[str, Any]:
    """Show a call ("Call object"), with the account's own key in `authorization`, as the samples have it.

    The document shows finished calls only: others have no `call_uuid` before they ring, and empty `audios`.
    `timestamp` is the latest change; neither the time it is scheduled for nor a reason of failure is in it.
    """
    contact = call.facts["contact"]
    return {
        "_id": call.key,
        "userId": COMPANY,
        "company": COMPANY,
        "toNumber": call.phone,
        "campaign": call.campaign,
        "environment": "production",
        "inbound_outbound": "outbound",
        "contact": contact,
        "contactSent": contact,
        "templateId": template["_id"],
        "authorization": f"Bearer {key}",
        "respFinal": [],
        "internalAudios": {},
        "audiosFinalToPlay": {},
        "templateFinal": template,
        "endpointAsterisk": "SIP/sandbox/",
        "balance": [],
        "externalId": call.ref,
        "id_custom": f"{call.phone}_{int(call.accepted_at.timestamp())}",
        "call_uuid": str(uuid5(NAMESPACE_OID, f"{call.key}/{call.ring_no}")) if call.ring_no else None,
        "status": status,
        "timestamp": int(call.changed_at.timestamp()),
        "fullConversation": [],
        "audios": _audios(call, host),
    }


def recording_of(call: Call) -> bytes:
    """Make the sound of a call: silence, as a WAV file."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(_WAV_RATE)
        file.writeframes(b"\x80" * int(_WAV_RATE * min(call.seconds, _LONGEST_WAV_SECONDS)))
    return sound.getvalue()


def _audios(call: Call, host: str) -> dict[str, Any]:
    if not has_recording(call):
        return {}
    # A sandbox on a socket speaks plain HTTP and always names its port; one inside the process never does.
    scheme = "http" if ":" in host else "https"
    return {"url": f"{scheme}://{host}/recordings/{call.key}.wav", "duration": call.seconds}
