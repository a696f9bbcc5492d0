"""Own the failures a provider may raise: one class per reaction of the engine, not per cause.

Never hold an unmasked phone, email or secret: texts are masked when the error is made.
"""

from __future__ import annotations

from collections.abc import Mapping

from providers.secrets import mask_text
from providers.vocabulary import Result

#: Enough to understand a vendor's message, too little to flood a log or a column.
DETAIL_CHARACTERS = 500


class ProviderError(Exception):
    """Something went wrong at or on the way to a provider; raise a subclass, never this."""

    def __init__(
        self,
        detail: str = "",
        *,
        provider: str = "",
        operation: str = "",
        http_status: int | None = None,
        code: str = "",
        remote: Mapping[str, str] | None = None,
    ) -> None:
        self.detail = mask_text(detail)[:DETAIL_CHARACTERS]
        self.provider = provider
        self.operation = operation
        self.http_status = http_status
        self.code = code
        #: Ids learned before the failure (a contact that exists although its call failed).
        self.remote: dict[str, str] = dict(remote or {})
        super().__init__(self.detail)

    @property
    def reason(self) -> str:
        """Give the masked text: the same as `detail`, under the name that states use."""
        return self.detail

    def __str__(self) -> str:
        where = " ".join(part for part in (self.provider, self.operation) if part)
        facts = [where] if where else []
        if self.http_status is not None:
            facts.append(f"HTTP {self.http_status}")
        if self.code:
            facts.append(mask_text(self.code))
        head = ", ".join(facts)
        text = self.detail or (self.__doc__ or "").split(";")[0].rstrip(".")
        return f"{head}: {text}" if head else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class Unavailable(ProviderError):
    """Nothing happened, or repeating is harmless; release the claim and try the same attempt later."""

    def __init__(
        self,
        detail: str = "",
        *,
        retry_after: float | None = None,
        provider: str = "",
        operation: str = "",
        http_status: int | None = None,
        code: str = "",
        remote: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            detail, provider=provider, operation=operation, http_status=http_status, code=code, remote=remote
        )
        #: Seconds that the provider asked us to wait, if it did.
        self.retry_after = retry_after


class Throttled(Unavailable):
    """Nothing happened, we are too fast; as `Unavailable`, and shrink the account's bucket."""


class Ambiguous(ProviderError):
    """It may have happened; never repeat before `observe` says that it is absent."""


class Refused(ProviderError):
    """This order will never be taken; the attempt ends with `result`."""

    def __init__(
        self,
        detail: str = "",
        *,
        result: Result = Result.REJECTED,
        provider: str = "",
        operation: str = "",
        http_status: int | None = None,
        code: str = "",
        remote: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            detail, provider=provider, operation=operation, http_status=http_status, code=code, remote=remote
        )
        self.result = result


class CampaignBlocked(ProviderError):
    """The remote campaign is gone, archived or unusable; our campaign pauses with the reason."""


class AccountBlocked(ProviderError):
    """The account can't be used: credentials, address or credit; all its campaigns hold."""


class Unsupported(ProviderError):
    """The provider can't do this; a capability should have been asked first."""


class HookRejected(ProviderError):
    """The notification has a wrong signature or shape; it is never tried again."""
