"""Own the adapter of QVoice's contact center: its class, and the typed client for the rest of the API.

Never registers itself; `providers.registry` names it.
"""

from __future__ import annotations

from providers.qvoice.adapter import QVoice
from providers.qvoice.client import QVoiceClient
from providers.qvoice.configuration import QVoiceCredentials, QVoiceSettings

__all__ = ["QVoice", "QVoiceClient", "QVoiceCredentials", "QVoiceSettings"]
