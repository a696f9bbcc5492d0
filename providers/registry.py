"""Own which providers are installed and how one account's instance is built.

Never keeps an instance: two accounts share no token, no connection, nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from providers.addresses import check_base_url
from providers.configuration import FieldFault, InvalidConfiguration, built, faults_of, option, schema
from providers.contract import HttpOptions, Provider

if TYPE_CHECKING:
    import httpx

    from providers.ledger import Ledger

__all__ = [
    "FieldFault",
    "InvalidConfiguration",
    "UnknownProvider",
    "broken",
    "build",
    "check_base_url",
    "option",
    "provider_class",
    "schema",
    "slugs",
    "validate",
]

#: Imported on first use, so that a provider nobody uses costs nothing. A new one is one line here.
BUILTIN: dict[str, str] = {
    "simulator": "providers.simulator:Simulator",
    "targg": "providers.targg:Targg",
    "ujet": "providers.ujet:Ujet",
    "qvoice": "providers.qvoice:QVoice",
    "nrs360": "providers.nrs360:Nrs360",
    "diabolocom": "providers.diabolocom:Diabolocom",
}

#: Third-party packages announce `slug = "package.module:Class"` in this group.
ENTRY_POINT_GROUP = "dialer.providers"


class UnknownProvider(LookupError):
    """No provider of this name is installed, or its package is broken."""


class DuplicateProvider(RuntimeError):
    """Two packages claim the same provider name; uninstall one of them."""


def _announced() -> Iterable[metadata.EntryPoint]:
    return metadata.entry_points(group=ENTRY_POINT_GROUP)


@lru_cache(maxsize=1)  # what is installed can't change while the process runs
def _sources() -> dict[str, str]:
    sources = dict(BUILTIN)
    for point in _announced():
        if sources.get(point.name, point.value) != point.value:
            raise DuplicateProvider(
                f"The provider name {point.name!r} is claimed by {sources[point.name]} and {point.value}; "
                "uninstall one of them."
            )
        sources[point.name] = point.value
    return sources


@cache  # one entry a provider
def _loaded(slug: str) -> type[Provider] | Exception:
    """Import a provider; a third-party package may fail in any way, and then disables only itself."""
    module, _, name = _sources()[slug].partition(":")
    try:
        found = getattr(import_module(module), name)
        if not (isinstance(found, type) and issubclass(found, Provider)):
            raise TypeError(f"{module}:{name} is not a providers.contract.Provider.")
        if found.slug != slug:
            raise TypeError(f"{module}:{name} calls itself {found.slug!r}, but is announced as {slug!r}.")
    except Exception as error:
        if slug in BUILTIN:
            raise
        return error
    return found


def forget() -> None:
    """Look again at what is installed; for tests."""
    _sources.cache_clear()
    _loaded.cache_clear()


def slugs() -> list[str]:
    """List the usable providers by name, sorted."""
    return sorted(slug for slug in _sources() if not isinstance(_loaded(slug), Exception))


def broken() -> dict[str, Exception]:
    """Give the third-party providers that can't be imported, each with its error."""
    found = {slug: _loaded(slug) for slug in _sources()}
    return {slug: item for slug, item in sorted(found.items()) if isinstance(item, Exception)}


def provider_class(slug: str) -> type[Provider]:
    """Give the class of a provider, or raise `UnknownProvider` with the way out."""
    if slug not in _sources():
        raise UnknownProvider(f"There is no provider {slug!r}; installed are: {', '.join(slugs())}.")
    found = _loaded(slug)
    if isinstance(found, Exception):
        raise UnknownProvider(f"The package of provider {slug!r} can't be imported: {found!r}.") from found
    return found


def validate(slug: str, *, credentials: Mapping[str, Any], settings: Mapping[str, Any]) -> list[FieldFault]:
    """List every fault of an account's credentials and settings, without their values."""
    cls = provider_class(slug)
    return [
        *faults_of(cls.Credentials, credentials, "/credentials"),
        *faults_of(cls.Settings, settings, "/settings"),
    ]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def build(
    slug: str,
    *,
    credentials: Mapping[str, Any],
    settings: Mapping[str, Any],
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], datetime] = _utc_now,
    ledger: Ledger | None = None,
    http: HttpOptions | None = None,
    hook_url: str = "",
) -> Provider:
    """Build one account's provider for one thread; faults raise `InvalidConfiguration`."""
    cls = provider_class(slug)
    faults = validate(slug, credentials=credentials, settings=settings)
    if base_url:
        faults += check_base_url(base_url, allow_http=bool(http and http.allow_http))
    if faults:
        raise InvalidConfiguration(faults)
    provider = cls(
        credentials=built(cls.Credentials, credentials, "/credentials"),
        settings=built(cls.Settings, settings, "/settings"),
        base_url=base_url.rstrip("/"),
        transport=transport,
        now=now,
        ledger=ledger,
        http=http,
    )
    provider.hook_url = hook_url
    return provider
