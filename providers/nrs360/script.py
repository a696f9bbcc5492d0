"""Own what is spoken: the campaign's text, language and voice, and how a person's attributes get into it.

Never sends it, and never names a value in a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from providers.errors import CampaignBlocked

#: `{name}` or `{attribute}`; a lone brace is spoken as it stands.
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
#: Sheet: Sending voice. `es_ES` is the form that was seen; people also write es-es.
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})[_-]([A-Za-z]{2})")
#: Sheet: Sending voice. "F" was seen, "M" is inferred.
GENDERS = ("F", "M")
_NAME = "name"


class CannotFill(ValueError):
    """The contact has nothing for a placeholder; the text names the placeholder only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A campaign's text with its voice; a contact's own language changes neither, the text is in one."""

    message: str
    language: str
    gender: str

    @classmethod
    def of_options(cls, options: Mapping[str, Any], *, message: str, language: str, gender: str) -> Script:
        """Read a campaign's `provider_options`; what they leave out is taken from the account's settings."""
        message = options.get("message") or message
        if not isinstance(message, str) or not message.strip():
            raise CampaignBlocked(
                "360NRS speaks a text: give provider_options.message, or a message in the account's settings."
            )
        return cls(
            message=message.strip(),
            language=_language(options.get("language") or language),
            gender=_gender(options.get("gender") or gender),
        )

    @classmethod
    def of_remote(cls, remote: Mapping[str, str]) -> Script:
        """Read back what `remote` wrote."""
        try:
            return cls(message=remote["message"], language=remote["language"], gender=remote["gender"])
        except KeyError:
            raise CampaignBlocked(
                "The campaign was opened without its text; give provider_options.message and start it anew."
            ) from None

    def remote(self) -> dict[str, str]:
        """Write the script as the engine keeps it with the campaign."""
        return {"message": self.message, "language": self.language, "gender": self.gender}

    @property
    def is_personal(self) -> bool:
        """Say whether the text differs from person to person."""
        return _PLACEHOLDER.search(self.message) is not None

    def spoken_to(self, name: str, attributes: Mapping[str, Any]) -> str:
        """Fill in a person's name and attributes; a text with a hole is not spoken: `CannotFill`."""
        known = {**attributes, _NAME: name.strip() or attributes.get(_NAME)}

        def put_in(match: re.Match[str]) -> str:
            key = match[1].strip()
            text = _spoken(known.get(key))
            if not text:
                raise CannotFill(f"The contact has no `{key[:50]}` for the message.")
            return text

        return _PLACEHOLDER.sub(put_in, self.message)


def _spoken(value: Any) -> str:
    """Write a value as it is read out; lists, objects and yes or no can't be read out."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return ""
    return str(value).strip()


def _language(value: Any) -> str:
    match = _LANGUAGE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise CampaignBlocked(
            "The language must be like en_US: correct provider_options.language, or the account's settings."
        )
    return f"{match[1].lower()}_{match[2].upper()}"


def _gender(value: Any) -> str:
    word = value.strip().upper() if isinstance(value, str) else ""
    if word not in GENDERS:
        raise CampaignBlocked(
            f"The voice must be one of {', '.join(GENDERS)}: correct provider_options.gender, or the settings."
        )
    return word
