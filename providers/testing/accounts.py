"""Own the tests of `check`, of sessions, and of `open_campaign`.

Never pushes a call.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers.contract import CampaignSpec
from providers.errors import AccountBlocked, CampaignBlocked, ProviderError
from providers.testing.base import Kit, has_network, when
from providers.testing.faulty import Fault
from providers.vocabulary import CampaignSource

#: A login that is renewed once makes at most: login, request, login, request.
_REQUESTS_OF_ONE_RENEWAL = 4


class AccountTests(Kit):
    """Groups 2 and 3."""

    def test_good_credentials_are_good(self) -> None:
        assert self.provider().check().ok is True

    @when(has_network)
    def test_wrong_credentials_block_the_account(self) -> None:
        with pytest.raises(AccountBlocked):
            self.provider(credentials=self.wrong_credentials).check()

    @when(lambda can: can.sessions)
    def test_an_expired_session_is_renewed_once(self) -> None:
        provider = self.provider()
        provider.check()
        self.faulty.spoil(0, Fault.EXPIRED)
        before = len(self.faulty.seen)
        assert provider.check().ok is True
        assert len(self.faulty.seen) - before < _REQUESTS_OF_ONE_RENEWAL

    @when(lambda can: can.sessions)
    def test_a_session_that_stays_refused_is_not_renewed_for_ever(self) -> None:
        provider = self.provider()
        provider.check()
        self.faulty.spoil_all(Fault.UNAUTHORIZED)
        before = len(self.faulty.seen)
        with pytest.raises(AccountBlocked):
            provider.check()
        assert len(self.faulty.seen) - before <= _REQUESTS_OF_ONE_RENEWAL

    def test_opening_a_campaign_twice_gives_one(self) -> None:
        first = self.opened(self.provider())
        count = len(self.stand.campaigns())
        second = self.opened(self.provider())
        assert second.remote_id == first.remote_id
        assert len(self.stand.campaigns()) == count

    def test_opening_by_its_id_gives_the_same_campaign(self) -> None:
        first = self.opened(self.provider())
        again = self.provider().open_campaign(replace(self.spec(), remote_id=first.remote_id))
        assert again.remote_id == first.remote_id

    @when(lambda can: can.campaigns is CampaignSource.CREATE)
    def test_two_campaigns_of_ours_are_two(self) -> None:
        first = self.opened(self.provider())
        other = self.provider().open_campaign(replace(self.spec(), ref="campaign-2", name="Another"))
        assert other.remote_id != first.remote_id

    @when(lambda can: has_network(can) and can.campaigns is CampaignSource.CREATE)
    def test_a_lost_answer_while_opening_leaves_one_campaign(self) -> None:
        for index in range(self._requests_of_opening()):
            self.fresh()
            self.faulty.spoil(index, Fault.DROP_AFTER)
            try:
                self.opened(self.provider())
            except ProviderError:
                self.faulty.mend()
            self.opened(self.provider())
            assert len(self.stand.campaigns()) == 1, f"Request {index} was lost, and made a twin."

    def test_an_unknown_campaign_is_blocked(self) -> None:
        with pytest.raises(CampaignBlocked):
            self.provider().open_campaign(replace(self.spec(), remote_id=self.unknown_campaign))

    @when(lambda can: can.campaigns is CampaignSource.BIND)
    def test_a_campaign_that_must_exist_has_to_be_named(self) -> None:
        with pytest.raises(CampaignBlocked):
            self.provider().open_campaign(CampaignSpec(ref="campaign-1", name="Nameless"))

    def _requests_of_opening(self) -> int:
        before = len(self.faulty.seen)
        self.opened(self.provider())
        return len(self.faulty.seen) - before
