"""Which addresses of the network may be told of events: nothing that only this network can reach.

Owns that judgement of addresses and of how a URL is written; never resolves a name.
"""

from __future__ import annotations

import ipaddress
import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from dialer.rules.faults import Fault

Address = IPv4Address | IPv6Address

#: Translators carry these on to the IPv4 address in their last 32 bits (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")
#: Reserved for translators inside a network (RFC 8215); what is behind cannot be known.
_TRANSLATED_LOCALLY = IPv6Network("64:ff9b:1::/48")
#: Shared by providers and their customers (RFC 6598): neither public nor, to the library, private.
_CARRIER = IPv4Network("100.64.0.0/10")
#: This host on this network (RFC 1122): all of it reaches the machine itself on common systems.
_THIS_NETWORK = IPv4Network("0.0.0.0/8")
LONGEST_URL = 2000
_LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_REST = rf"(:{_PORT})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$"
#: How an address is written (RFC 3986, in ASCII, without user and fragment); the API's description shows it.
URL_PATTERN = rf"^https?://{_LABEL}(\.{_LABEL})*{_REST}"
_IS_URL = re.compile(URL_PATTERN).fullmatch
_IS_WITH_IPV6 = re.compile(rf"^https?://\[[0-9A-Fa-f:.]+\]{_REST}").fullmatch


def is_allowed(address: Address, *, allow_private: bool) -> bool:
    """Say whether an address may be connected to; private ones only where the installation allows them."""
    if isinstance(address, IPv6Address):
        inner = _inside(address)
        if inner is not None:
            # Another spelling of an IPv4 address has no honest use outside; inside, what it means is judged.
            return allow_private and is_allowed(inner, allow_private=True)
        if address in _TRANSLATED_LOCALLY or address.is_site_local:
            return allow_private
    if _is_never(address):
        return False
    if address.is_loopback or address.is_private or _is_carrier(address):
        return allow_private
    return address.is_global and not address.is_reserved


def _inside(address: IPv6Address) -> IPv4Address | None:
    """Give the IPv4 address that an IPv6 address carries: mapped, translated, 6to4 or Teredo."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.sixtofour is not None:
        return address.sixtofour
    return address.teredo[1] if address.teredo is not None else None


def _is_never(address: Address) -> bool:
    """Say whether nobody's receiver can be there: everybody's, nobody's, or the cloud's metadata (link-local)."""
    if isinstance(address, IPv4Address) and (
        address in _THIS_NETWORK or address == IPv4Address("255.255.255.255")
    ):
        return True
    return address.is_multicast or address.is_unspecified or address.is_link_local


def _is_carrier(address: Address) -> bool:
    return isinstance(address, IPv4Address) and address in _CARRIER


def parse(text: str) -> Address:
    """Read an address as a resolver gives it; the zone of a link-local one does not matter here."""
    return ipaddress.ip_address(text.partition("%")[0])


def url_faults(url: str, *, allow_http: bool) -> list[Fault]:
    """List what is wrong with how the URL of a receiver is written."""

    def fault(code: str, detail: str) -> list[Fault]:
        return [Fault("/url", code, detail)]

    if len(url) > LONGEST_URL:
        return fault("max_length", f"An address has at most {LONGEST_URL} characters.")
    if not url.isascii():
        return fault("invalid", "Write it in ASCII: names in punycode, the rest percent-encoded.")
    if "#" in url:
        return fault("invalid", "Leave the part behind # out: it is never sent.")
    authority = url.partition("://")[2].partition("/")[0]
    if "@" in authority and not _IS_URL(url):
        return fault("invalid", "Leave user and password out: they would stand in every list of endpoints.")
    if not _IS_URL(url) and not _is_with_ipv6(url):
        return fault("invalid", "This is no address; write it like https://host/path, without blanks.")
    if url.startswith("http://") and not allow_http:
        return fault("insecure", "Use https: events would travel in the clear.")
    return []


def _is_with_ipv6(url: str) -> bool:
    if not _IS_WITH_IPV6(url):
        return False
    try:
        return urlsplit(url).hostname is not None
    except ValueError:  # brackets around something else
        return False
