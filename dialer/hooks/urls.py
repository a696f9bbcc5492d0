"""Own the addresses that providers are given; never a view."""

from __future__ import annotations

from django.urls import path

from dialer.hooks.views import receive

urlpatterns = [
    path("hooks/<str:provider>/<str:token>", receive),
    path("hooks/<str:provider>/<str:token>/", receive),
]
