"""Own the map of the API's addresses; each answers with and without a slash at its end."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, re_path
from rest_framework.routers import SimpleRouter

from dialer.api.accounts import Accounts
from dialer.api.attempts import Attempts
from dialer.api.base import UUID_PATTERN, Unknown
from dialer.api.campaign_contacts import CampaignContacts
from dialer.api.campaigns import Campaigns
from dialer.api.consents import Consents
from dialer.api.contacts import Contacts
from dialer.api.dispositions import Dispositions, Mappings
from dialer.api.enrolling import EnrolledContacts
from dialer.api.events import Events
from dialer.api.imports import Imports, SuppressionImports
from dialer.api.jobs import Jobs
from dialer.api.providers import Providers
from dialer.api.reports import AttemptsFile, CampaignActivity, Costs, KeyPressesFile
from dialer.api.suppressions import Suppressions
from dialer.api.timelines import Timelines
from dialer.api.webhooks import Deliveries, WebhookEndpoints


class BothFormsRouter(SimpleRouter):
    """Take a slash at the end or none: a redirected POST would lose its body."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


router = BothFormsRouter()
router.register("provider-accounts", Accounts, basename="provider-account")
router.register("retry-timelines", Timelines, basename="retry-timeline")
router.register("campaigns", Campaigns, basename="campaign")
router.register("campaign-contacts", CampaignContacts, basename="campaign-contact")
router.register("contacts", Contacts, basename="contact")
router.register("attempts", Attempts, basename="attempt")
router.register("suppressions", Suppressions, basename="suppression")
router.register("dispositions", Dispositions, basename="disposition")
router.register("disposition-mappings", Mappings, basename="disposition-mapping")
router.register("consents", Consents, basename="consent")
router.register("jobs", Jobs, basename="job")
router.register("webhook-endpoints", WebhookEndpoints, basename="webhook-endpoint")

_CAMPAIGN = f"^campaigns/(?P<campaign>{UUID_PATTERN})"
_DELIVERIES = f"^webhook-endpoints/(?P<endpoint>{UUID_PATTERN})/deliveries"

urlpatterns: list[URLPattern | URLResolver] = [
    re_path("^providers/?$", Providers.as_view(), name="providers"),
    re_path(
        f"{_CAMPAIGN}/contacts/?$",
        EnrolledContacts.as_view({"get": "list", "post": "create"}),
        name="campaign-contacts",
    ),
    re_path(f"{_CAMPAIGN}/imports/?$", Imports.as_view(), name="campaign-imports"),
    re_path("^reports/campaign-activity/?$", CampaignActivity.as_view(), name="report-activity"),
    re_path("^reports/costs/?$", Costs.as_view(), name="report-costs"),
    re_path(r"^reports/attempts\.csv/?$", AttemptsFile.as_view(), name="report-attempts"),
    re_path(r"^reports/key-presses\.csv/?$", KeyPressesFile.as_view(), name="report-key-presses"),
    re_path("^events/?$", Events.as_view(), name="events"),
    re_path(f"{_DELIVERIES}/?$", Deliveries.as_view({"get": "list"}), name="webhook-deliveries"),
    re_path(
        f"{_DELIVERIES}/(?P<delivery>{UUID_PATTERN})/redeliver/?$",
        Deliveries.as_view({"post": "redeliver"}),
        name="webhook-redeliver",
    ),
    re_path("^suppressions/imports/?$", SuppressionImports.as_view(), name="suppression-imports"),
    *router.urls,
    re_path("", Unknown.as_view(), name="unknown"),
]
