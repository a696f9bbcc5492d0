"""Own 360NRS: voice messages sent one by one through its HTTP API.

Never holds logic of its own; the adapter is in `adapter`, the vendor's endpoints are typed in `client`.
"""

from providers.nrs360.adapter import Nrs360

__all__ = ["Nrs360"]
