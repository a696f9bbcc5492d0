"""Own `/events`: the change feed behind a cursor, for applications that follow what happens here.

Never waits for events and never forgets where a reader is: the cursor is the reader's.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dialer.api.base import ApiView
from dialer.api.codes import Code
from dialer.api.pagination import PAGE_SIZE, NewestFirst
from dialer.api.problems import Problem, validation
from dialer.api.schema import PAGE, ProblemOut
from dialer.feed.reading import LATEST, CursorAhead, CursorExpired, UnknownCursor, read
from dialer.rules.events import KINDS, example, expand, is_pattern
from dialer.rules.faults import Fault

EVENT_TYPES = list(KINDS)
_LIST = "\n".join(f"- `{name}`: {kind.meaning}" for name, kind in KINDS.items())
_EXPLAINED = (
    "The ordered change feed: every event behind the cursor `after`, oldest first, at least once, and again if it is"
    " asked for again. Keep `next` and pass it as `after`; it comes with every page, an empty one too. While"
    " `has_more` is true there is more at once: a page of a filter may be empty before its end. Without `after` the"
    f" feed begins at the oldest event that is kept; `after={LATEST}` begins at the present. An event holds ids and"
    " words, never a phone or a name: read what it names. 410 `cursor_expired`: events behind this cursor were"
    " removed because of their age; `oldest` is the cursor to go on with, and what was missed has to be read from"
    f" the resources themselves.\n\n{_LIST}"
)


class EventOut(serializers.Serializer[Any]):
    """Something that became true here."""

    id = serializers.UUIDField(help_text="The same in the feed and in every webhook.")
    cursor = serializers.CharField(help_text="Pass it as `after` to go on behind this event.")
    type = serializers.ChoiceField(EVENT_TYPES)
    occurred_at = serializers.DateTimeField()
    campaign = serializers.UUIDField(allow_null=True)
    campaign_contact = serializers.UUIDField(allow_null=True)
    contact = serializers.UUIDField(allow_null=True)
    attempt = serializers.UUIDField(allow_null=True)
    data = serializers.DictField(help_text="What belongs to the type, as in its example.")


class EventsOut(serializers.Serializer[Any]):
    """A page of the feed."""

    results = EventOut(many=True)
    next = serializers.CharField(help_text="The cursor behind this page, to be passed as `after`.")
    has_more = serializers.BooleanField(help_text="Whether to ask again at once.")


def _page_of(name: str) -> dict[str, Any]:
    return {"results": [example(name)], "next": "4711", "has_more": False}


_ONE = r"[a-z_]+\.([a-z_]+|\*)"
_PARAMETERS = [
    OpenApiParameter(
        "after",
        {"type": "string", "pattern": f"^([0-9]{{1,18}}|{LATEST})$"},
        description=f"The cursor to go on behind, or `{LATEST}`.",
    ),
    PAGE[0],
    OpenApiParameter(
        "type",
        {"type": "string", "pattern": f"^{_ONE}(,{_ONE})*$"},
        description="Types, comma separated; `attempt.*` stands for all that begin so.",
    ),
    OpenApiParameter("campaign", UUID, description="Events that name this campaign."),
]


class Events(ApiView):
    """The change feed."""

    def known_parameters(self) -> tuple[str, ...]:
        """Take the cursor, the size of a page, and two filters."""
        return ("after", "page_size", "type", "campaign")

    @extend_schema(
        operation_id="events_list",
        description=_EXPLAINED,
        parameters=_PARAMETERS,
        responses={
            200: EventsOut,
            (410, "application/problem+json"): OpenApiResponse(
                ProblemOut, description="Events behind the cursor were removed"
            ),
        },
        examples=[
            OpenApiExample(
                name, value=_page_of(name), summary=kind.meaning, response_only=True, status_codes=["200"]
            )
            for name, kind in KINDS.items()
        ],
    )
    def get(self, request: Request) -> Response:
        """Give the events behind a cursor."""
        size = NewestFirst().get_page_size(request) if "page_size" in request.query_params else PAGE_SIZE
        kinds, campaign = _kinds(request), _campaign(request)
        try:
            page = read(after=request.query_params.get("after"), size=size, kinds=kinds, campaign_id=campaign)
        except UnknownCursor:
            detail = (
                f"Take the cursor from `next` of a page or `cursor` of an event, or begin with `{LATEST}`."
            )
            raise Problem(Code.INVALID_CURSOR, detail) from None
        except CursorAhead:
            detail = "The feed has not come so far: this cursor is not from here."
            raise Problem(Code.INVALID_CURSOR, detail, status=HTTPStatus.UNPROCESSABLE_ENTITY) from None
        except CursorExpired as error:
            detail = f"Events behind this cursor were removed because of their age; go on with after={error.oldest}."
            raise Problem(Code.CURSOR_EXPIRED, detail, oldest=str(error.oldest)) from None
        return Response({"results": page.events, "next": str(page.next), "has_more": page.has_more})


def _kinds(request: Request) -> frozenset[str]:
    text = request.query_params.get("type")
    if text is None:
        return expand(())
    patterns = [part.strip() for part in text.split(",")]
    unknown = [part for part in patterns if not is_pattern(part)]
    if unknown:
        detail = f"There are no such events: {', '.join(unknown)}. The documentation of /events lists them."
        raise validation([Fault("?type", "unknown_event_type", detail)])
    return expand(patterns)


def _campaign(request: Request) -> UUID | None:
    text = request.query_params.get("campaign")
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise validation([Fault("?campaign", "invalid", "This is no id.")]) from None
