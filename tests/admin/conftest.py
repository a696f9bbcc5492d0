"""Own the clients of admin tests: a superuser, and staff with chosen permissions only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client


@pytest.fixture
def boss(db: None) -> Client:
    """Give a client who may do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "secret"))
    return client


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """Give a maker of clients who may do only what is named, such as `view_campaign`."""

    def make(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff {User.objects.count()}", is_staff=True)
        permissions = Permission.objects.filter(codename__in=codenames, content_type__app_label="dialer")
        assert permissions.count() == len(codenames)
        user.user_permissions.set(permissions)
        client = Client()
        client.force_login(user)
        return client

    return make
