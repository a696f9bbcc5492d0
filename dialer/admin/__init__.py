"""Own the registration of all admin pages; one module a family registers its own.

Never holds a page itself.
"""

from __future__ import annotations

from django.contrib import admin

from dialer.admin import (  # noqa: F401  (pages register by import)
    accounts,
    attempts,
    blocks,
    campaigns,
    consents,
    contacts,
    dispositions,
    enrolments,
    inbox,
    jobs,
    keys,
    suppressions,
    tallies,
    timelines,
    users,
    webhooks,
)

admin.site.site_title = admin.site.site_header = "Dialer"
admin.site.index_title = "Everything there is"
