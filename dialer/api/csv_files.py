"""Own how CSV leaves the API: streamed as it is made, under a name to be saved as.

Never knows what a row means.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiResponse, OpenApiTypes

#: How a CSV answer is described.
CSV_ANSWER = {(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)}


def csv_stream(pieces: Iterable[str], filename: str) -> StreamingHttpResponse:
    """Answer with CSV text as it comes."""
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer
