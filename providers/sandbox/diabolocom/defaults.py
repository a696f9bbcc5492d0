"""Own what a new account holds: wrapups and folders with invented names, and a campaign's first properties.

Never changes anything that exists.
"""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from providers.vocabulary import Result

#: Name and the place of the parent above it.
FOLDERS: tuple[tuple[str, int | None], ...] = (("Outbound", None), ("Sandbox desk", 0))

#: Name, status, made by the system, and the results of calls that end with it. Names are an account's own; that
#: calls which reached nobody are to be called again follows the statuses' meaning in the document.
WRAPUPS: tuple[tuple[str, str, bool, tuple[Result, ...]], ...] = (
    ("Talked it through", "argued", False, (Result.ANSWERED,)),
    ("Goes ahead", "arguedpositive", False, (Result.TRANSFERRED,)),
    ("Asked us to stop", "nonargued", False, (Result.DO_NOT_CALL,)),
    ("Rang out", "tocall", True, (Result.NO_ANSWER,)),
    ("Line engaged", "tocall", True, (Result.BUSY,)),
    ("Mailbox picked up", "tocall", True, (Result.VOICEMAIL,)),
    ("Gone before an agent came", "tocall", True, (Result.ABANDONED,)),
    ("Network trouble", "tocall", True, (Result.CARRIER_ERROR, Result.FAILED)),
    ("Number leads nowhere", "unreachable", True, (Result.INVALID_NUMBER, Result.REJECTED)),
)

#: An agent who is assigned to every new campaign, and who takes every call that is picked up.
AGENT_ID = 611
AGENT_NAME = "Robin Sandbox"

MODES = ("automatic", "amd_progressive", "progressive", "predictive", "preview")


#: The properties of a new campaign, but for its id and what follows from it.
_PROPERTIES: dict[str, Any] = {
    "isPaused": False,
    "isArchived": False,
    "folder": None,
    "mode": "progressive",
    "userIds": [AGENT_ID],
    "unassignedUserIds": [],
    "groupIds": [],
    "displayedPhoneNumbers": [],
    "useAgentDisplayedPhoneNumber": False,
    "minCallingDateOffset": None,
    "maxCallingDateOffset": None,
    # More than one try: an adapter that says nothing about tries rings a person again.
    "maxTries": 3,
    "nextTryDelay": 3600,
    "isRecorded": True,
    "recordingPercentage": 100,
    "calendarId": None,
    "regionalization": False,
    "soundPlayedContactPickUp": None,
    "contactPriority": 10,  # the document's default
    "personalCallbackPrioritization": False,
    "globalPriority": None,
    "deduplicationParams": None,
    "autoPurge": None,
}


def new_campaign(number: int, now: datetime, wrapup_folder: int, settings: dict[str, Any]) -> dict[str, Any]:
    """Give the properties of a campaign; `settings` may set any of them, by the document's names."""
    phone_fields = list(settings.get("phoneFields", ("phone1", "phone2")))
    values: dict[str, Any] = {
        "id": number,
        "name": f"Sandbox campaign {number}",
        "customFields": [*phone_fields, "full_name"],
        "phoneFields": phone_fields,
        "createdAt": now,
        "createdBy": "sandbox.admin",
        "lastUpdatedAt": now,
        "lastUpdatedBy": "sandbox.admin",
        "wrapupFolderId": wrapup_folder,
        **copy.deepcopy(_PROPERTIES),
    }
    if strange := sorted(set(settings) - set(values)):
        raise TypeError(f"A campaign has no {', '.join(strange)}.")
    given = {**settings, "phoneFields": phone_fields}
    if given.get("mode", MODES[0]) not in MODES:
        raise ValueError(f"mode is one of {', '.join(MODES)}.")
    if missing := set(phone_fields) - set(given.get("customFields", phone_fields)):
        raise ValueError(f"phoneFields are among customFields; missing there: {', '.join(sorted(missing))}.")
    return {**values, **given}
