"""Own the queue and the agent of the account, as the queue list and the call history show them.

Never changes by calls: how many agents talk is not played.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from providers.sandbox.qvoice.leads import hex_id

_AGENT_ID = hex_id("agent", 1)
#: Seconds that an agent's phone rings.
_AGENT_TIMEOUT = 18
_FIRST_NAME, _LAST_NAME = "Odo", "Sandbox"
AGENT_NAME = f"{_FIRST_NAME} {_LAST_NAME}"
AGENT_EXTENSION = "4107"


def queue(*, has_agents: bool) -> dict[str, Any]:
    """Show the queue; its one agent is logged in and idle, or logged out."""
    present = int(has_agents)
    return {
        "id": str(uuid5(NAMESPACE_URL, "queue")),
        "name": "Sandbox queue",
        "extension": "4100",
        "max_time_caller_in_queue": 90,
        "strategy": "single",
        "agents": [
            {
                "id": _AGENT_ID,
                "name": AGENT_NAME,
                "extension": AGENT_EXTENSION,
                "extension_is_valid": True,
                "delay": 0,
                "timeout": _AGENT_TIMEOUT,
                "logged_in": has_agents,
                "status": "idle",  # the document shows it for a logged-out agent too
                "registered": has_agents,
                "tags": [{"id": hex_id("tag", 1), "name": "sandbox", "color": "#20a060"}],
            }
        ],
        "calls": {},
        "total_agents": 1,
        "logged_in_agents": present,
        "logged_out_agents": 1 - present,
        "idle_agents": present,
        "misconfigured_agents": 0,
        "agents_registered": present,
        "agents_on_call": 0,
    }


def dialed_agent(at: float) -> dict[str, Any]:
    """Show the agent as an attempt's history does, last dialed at this unix second."""
    return {
        "delay": 0,
        "device_endpoints": [],
        "email": "odo@sandbox.invalid",
        "endpoint": hex_id("endpoint", 1),
        "ext": AGENT_EXTENSION,
        "first_name": _FIRST_NAME,
        "last_answered": 0,
        "last_attempt": at,
        "last_hangup": 0,
        "last_name": _LAST_NAME,
        "status": "idle",
        "timeout": _AGENT_TIMEOUT,
        "total_talk_time": 0,
        "type": "user",
    }
