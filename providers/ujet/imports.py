"""Own UJET's import of many contacts: the file, what its answer may hold instead of a job id, and who came in.

Never sends anything and never waits: whoever imports asks again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from providers.effects import Answer, Unreadable
from providers.secrets import mask_text
from providers.ujet.records import ListedContact, NewContact, digits, id_of, text_of
from providers.values import Value

#: No limit is documented; the sheet suggests this many a file (sheet: Import many).
MOST_ROWS = 1000


class ImportState(StrEnum):
    """How far an import is."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # no job can be asked: only the contact list tells


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ImportTicket(Value):
    """The answer to an upload; None = the vendor gave no job id, as its document has it."""

    job_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ImportJob(Value):
    """An import job; a failed one names no row."""

    job_id: str
    state: ImportState
    raw_status: str
    kind: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ImportProgress(Value):
    """What is known of an import; `missing` are refs that the campaign's list does not show, None = not asked yet."""

    job: ImportJob | None = None
    missing: tuple[str, ...] | None = None

    @property
    def state(self) -> ImportState:
        """Give the job's state, unknown where there is no job to ask."""
        return self.job.state if self.job else ImportState.UNKNOWN

    @property
    def is_whole(self) -> bool:
        """Say whether every contact is in the campaign, whatever the job says."""
        return self.missing == ()


def file_of(contacts: Sequence[NewContact]) -> bytes:
    """Write the file, or raise `ValueError`: one phone twice makes the whole import fail (document: failed job)."""
    if not contacts:
        raise ValueError("An import without contacts is a mistake.")
    if len(contacts) > MOST_ROWS:
        raise ValueError(f"An import takes {MOST_ROWS} contacts at most; make several.")
    if len({digits(contact.phone) for contact in contacts}) != len(contacts):
        raise ValueError("A phone is in the import twice.")
    if len({contact.ref for contact in contacts}) != len(contacts):
        raise ValueError("A ref is in the import twice.")
    return json.dumps([contact.body() for contact in contacts], ensure_ascii=False).encode()


def ticket_of(answer: Answer) -> ImportTicket:
    """Find the job id: in the body, else in a `Location` or `Link` header; its absence is the documented case."""
    return ImportTicket(
        job_id=_in_body(answer) or _in_header(answer, "location") or _in_header(answer, "link")
    )


def _in_body(answer: Answer) -> str | None:
    # The document shows `None` as the body: empty, the word, `null` and an object are all taken.
    try:
        data: Any = json.loads(answer.body or b"null")
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    return id_of(data.get("job_id")) or id_of(data.get("id"))


def _in_header(answer: Answer, name: str) -> str | None:
    first = re.search(r"<([^>]*)>", answer.headers.get(name, "")) if name == "link" else None
    address = first[1] if first else answer.headers.get(name, "")
    return id_of(urlsplit(address).path.rstrip("/").rpartition("/")[2])


#: Document: Jobs. Other words are taken for "in progress" (sheet: Import job).
_STATES = {"completed": ImportState.COMPLETED, "failed": ImportState.FAILED}


def job_of(answer: Answer) -> ImportJob:
    """Read a job."""
    data = answer.json()
    job_id, status = id_of(data["id"]), text_of(data["status"])
    if job_id is None or status is None:
        raise Unreadable("The job has no id or no status.")
    said = [text_of(data.get(key)) for key in ("error_message", "error_details")]
    return ImportJob(
        job_id=job_id,
        state=_STATES.get(status.strip().casefold(), ImportState.RUNNING),
        raw_status=status,
        kind=text_of(data.get("type")) or "",
        error=mask_text(": ".join(text for text in said if text)),
    )


def progress_of(
    contacts: Sequence[NewContact], listed: Sequence[ListedContact], job: ImportJob | None
) -> ImportProgress:
    """Compare what was uploaded with the campaign's list, by our references."""
    there = {contact.ref for contact in listed}
    return ImportProgress(
        job=job, missing=tuple(contact.ref for contact in contacts if contact.ref not in there)
    )
