"""Looking at ten thousand calls that are all there costs what the vendor's page size demands, not one request more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from providers.testing import ProviderContract
from tests.providers.test_diabolocom_contract import TestDiabolocom as Diabolocom
from tests.providers.test_nrs360_contract import TestNrs360 as Nrs360
from tests.providers.test_qvoice_contract import TestQVoice as QVoice
from tests.providers.test_targg_contract import TestTargg as Targg
from tests.providers.test_ujet_contract import UjetContract as Ujet

# Making ten thousand calls takes half a minute.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CALLS = 10_000
#: How many calls one request can show, by each vendor's document; where it is silent, what the adapter asks for.
A_REQUEST: dict[type[ProviderContract], int] = {
    Targg: 50,  # "limit ... maximum 50"
    QVoice: 1_000,  # `page_size` is a parameter without a documented maximum
    Nrs360: 500,  # lists have no pages: bounded by the size of an answer
    Diabolocom: 500,  # "pageSize max 500"
    Ujet: 1,  # a status stands in the answer about one contact only
}
#: Feeds that are read beside the calls that were asked for, once a while: one page.
BESIDE = {Diabolocom: 1}


@pytest.mark.parametrize("contract", A_REQUEST, ids=lambda each: each.provider_class.slug)
def test_ten_thousand_live_calls_cost_the_pages_that_hold_them(
    contract: Callable[[], ProviderContract],
) -> None:
    kit = contract()
    kit.fresh()
    provider = kit.provider()
    campaign = kit.opened(provider)
    handles = kit.pushed(provider, campaign, [kit.order(number) for number in range(CALLS)])
    before = len(kit.faulty.seen)
    seen = kit.looked(provider, campaign, handles)
    told = {report.ref or report.phone for observation in seen for report in observation.reports}
    assert len(told) == CALLS
    assert len(kit.faulty.seen) - before <= CALLS // A_REQUEST[type(kit)] + BESIDE.get(type(kit), 0)
