"""Own what an account of 360NRS must be told: its credentials and its settings.

Never checks them against the vendor; `check` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from providers.configuration import option
from providers.nrs360.script import GENDERS
from providers.secrets import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Nrs360Credentials:
    """An account's user and the password of its API, which is not that of the web login."""

    username: str = field(metadata=option(label="User name"))
    api_password: Secret = field(
        metadata=option(
            label="API password",
            help="Made in the 360NRS portal; this machine's address may have to be allowed there as well.",
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Nrs360Settings:
    """How calls of the account are sent. Field names are settings where no document confirms them."""

    notification_url: str = field(
        default="",
        metadata=option(
            label="Notification address",
            help="Where 360NRS tells what became of a call; it is sent with every call. Empty: this account's "
            "`webhook_url`, where the installation knows its public address; copy it here with the host by which "
            "360NRS can reach it, where it does not. Without both, the portal's own address or polling counts.",
        ),
    )
    message: str = field(
        default="",
        metadata=option(
            label="Message",
            help="What is spoken where a campaign names no message; {name} and attributes are filled in.",
        ),
    )
    language: str = field(
        default="es_ES",  # sheet: the only one that was seen in use
        metadata=option(
            label="Language", help="Of messages whose campaign names none, like es_ES, pt_BR or en_US."
        ),
    )
    gender: str = field(
        default="F",  # sheet: the only one that was seen in use
        metadata=option(label="Voice", help="Of messages whose campaign names none.", choices=GENDERS),
    )
    notification_url_field: str = field(
        default="notificationUrl",  # sheet: seen for SMS, assumed for voice
        metadata=option(
            label="Field of the notification address", help="Change it on the vendor's word only."
        ),
    )
    call_retries_field: str = field(
        default="",
        metadata=option(
            label="Field of call retries",
            help="Where calls are repeated by 360NRS itself: name the vendor's field (probably callRetries), and 0 "
            "is sent in it. Empty: nothing is sent.",
        ),
    )
    caller_field: str = field(
        default="",
        metadata=option(
            label="Field of the caller number",
            help="Name the vendor's field (probably caller) to send the campaign's caller_id. Empty: the account's "
            "own number is shown.",
        ),
    )
