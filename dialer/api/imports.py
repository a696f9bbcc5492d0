"""Own the upload of contact files: the bytes are stored with a job before the answer, read by ticks after it."""

from __future__ import annotations

import json
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import ApiView
from dialer.api.codes import Code
from dialer.api.fields import StrictSerializer
from dialer.api.jobs import JobOut
from dialer.api.parsing import UploadParser, unstorable
from dialer.api.problems import Problem
from dialer.intake import jobs as intake
from dialer.intake.people import POLICIES
from dialer.models import Campaign

#: A mapping names a field a column; what is longer is no mapping.
LONGEST_MAPPING = 20_000
#: How the old workbooks (.xls) begin, and new ones that need a password.
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


@extend_schema_field({"type": "string", "format": "binary", "minLength": 1})
class Upload(serializers.FileField):
    """A file with something in it."""


class FileIn(StrictSerializer):
    """A file and how to read it."""

    file = Upload(
        help_text="CSV, a JSON array, NDJSON (each also as gzip), or the first sheet of an .xlsx workbook."
    )
    mapping = serializers.CharField(
        required=False,
        max_length=LONGEST_MAPPING,
        help_text="JSON object: a column to its field, or to null.",
    )
    default_country = serializers.RegexField("^[A-Za-z]{2}$", required=False, help_text="ISO 3166.")
    dry_run = serializers.BooleanField(default=False, help_text="Judge every row and store nobody.")

    def validate_mapping(self, text: str) -> dict[str, Any]:
        """Read the mapping, which is JSON inside a form."""
        try:
            mapping = json.loads(text)
        except (ValueError, RecursionError):
            raise serializers.ValidationError("This is not readable JSON.", "mapping_unreadable") from None
        if not isinstance(mapping, dict):
            raise serializers.ValidationError("This must be an object.", "mapping_unreadable")
        if faults := unstorable(mapping):
            raise serializers.ValidationError(faults[0].detail, faults[0].code)
        return mapping

    def validate_file(self, file: Any) -> Any:
        """Refuse old and locked workbooks by their first bytes, whatever their name says."""
        head = file.read(len(OLD_WORKBOOK))
        file.seek(0)
        if head == OLD_WORKBOOK:
            raise Problem(
                Code.UNSUPPORTED_FILE,
                "This is an old (.xls) or password-protected workbook; save it as .xlsx without a password.",
            )
        return file


class ImportIn(FileIn):
    """A file of contacts."""

    on_duplicate = serializers.ChoiceField(list(POLICIES), default="reject")


class SuppressionsImportIn(FileIn):
    """A file of do-not-call entries: a phone, a contact or an external_id a row, and what an entry has besides."""

    source = serializers.CharField(
        default="", allow_blank=True, max_length=100, help_text="Of the rows that do not name theirs."
    )


class Imports(ApiView):
    """Uploads of contact files to a campaign."""

    parser_classes = (UploadParser,)

    @extend_schema(
        operation_id="campaigns_imports_create",
        request={"multipart/form-data": ImportIn},
        responses={202: JobOut},
    )
    def post(self, request: Request, campaign: str) -> Response:
        """Store a file and answer with the job that will read it."""
        row = get_object_or_404(Campaign, pk=campaign)
        serializer = ImportIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        job = intake.create_import(
            campaign_id=row.pk,
            stream=given["file"],
            filename=given["file"].name or "",
            mapping=given.get("mapping") or {},
            default_country=given.get("default_country"),
            on_duplicate=given["on_duplicate"],
            dry_run=given["dry_run"],
            created_by=request.auth,
            now=clock.now(),
        )
        return Response(JobOut(job, context={"request": request}).data, status=status.HTTP_202_ACCEPTED)


class SuppressionImports(ApiView):
    """Uploads of do-not-call files."""

    parser_classes = (UploadParser,)

    @extend_schema(
        operation_id="suppressions_imports_create",
        request={"multipart/form-data": SuppressionsImportIn},
        responses={202: JobOut},
    )
    def post(self, request: Request) -> Response:
        """Store a file and answer with the job that will read it; entries hold as the job processes them."""
        serializer = SuppressionsImportIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        job = intake.create_suppressions_import(
            stream=given["file"],
            filename=given["file"].name or "",
            mapping=given.get("mapping") or {},
            default_country=given.get("default_country"),
            source=given["source"] or "import",
            dry_run=given["dry_run"],
            created_by=request.auth,
            now=clock.now(),
        )
        return Response(JobOut(job, context={"request": request}).data, status=status.HTTP_202_ACCEPTED)
