"""Own the typed client of one account: every documented request, by the part of the vendor's document it is in.

Never decides anything: the adapter does, and whoever calls it by hand.
"""

from __future__ import annotations

from providers.contract import Provider
from providers.diabolocom.api import Api
from providers.diabolocom.batches import Batches
from providers.diabolocom.campaigns import Campaigns, Wrapups, licences, recording
from providers.diabolocom.contacts import Contacts
from providers.diabolocom.values import Licences
from providers.secrets import Secret
from providers.values import Recording


class DiabolocomClient:
    """The account's API: `contacts`, `batches`, `campaigns`, `wrapups`, and two single requests."""

    def __init__(self, provider: Provider, base_url: str, private_token: Secret) -> None:
        self._api = Api(provider, base_url, private_token)
        self.budget = self._api.http.budget
        self.contacts = Contacts(self._api)
        self.campaigns = Campaigns(self._api)
        self.batches = Batches(self._api, self.campaigns)
        self.wrapups = Wrapups(self._api)

    def licences(self, month: str) -> Licences:
        """Read what licences a month (YYYY-MM) was billed for."""
        return licences(self._api, month)

    def recording(self, interaction_id: int) -> Recording:
        """Fetch the MP3 of an interaction, whose id must be known from elsewhere."""
        return recording(self._api, interaction_id)
