"""Own the sandbox of QVoice: its Campaigns API in miniature, written from the vendor's document alone.

Never imports the adapter, so that two readings of one document check each other.
"""

from providers.sandbox.qvoice.api import QVoiceSandbox

__all__ = ["QVoiceSandbox"]
