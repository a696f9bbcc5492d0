"""API keys (only their hashes) and the idempotency keys of writes.

Owns who may call the API and which writes were answered already.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dialer.models.base import Row

SCOPES = ("read", "write", "admin")


class ApiKey(Row):
    """A key of an internal application; the key itself is shown once and never stored."""

    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    key_hash = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("name", "id")
        verbose_name = "API key"
        constraints = [models.CheckConstraint(condition=~Q(key_hash=""), name="api_key_has_hash")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class IdempotencyKey(Row):
    """One write under a caller's key: leased while it runs, answered from here when it comes again."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=500)
    body_hash = models.CharField(max_length=64)
    lease_until = models.DateTimeField()
    status_code = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True, default="")
    headers = models.JSONField(default=dict)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("created_at",), name="idempotency_age")]
        constraints = [models.UniqueConstraint(fields=("api_key", "key"), name="idempotency_once")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
