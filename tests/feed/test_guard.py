"""No webhook reaches into our own network: by no spelling, no name, no redirect and no changed answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pytest

from dialer.feed import guard
from dialer.feed.guard import Forbidden, Unresolved, addresses_of, is_forbidden
from dialer.feed.posting import NoAnswer, Poster
from dialer.rules.addresses import is_allowed, url_faults
from tests.feed.receiver import Receiver, receiving

PUBLIC = ["8.8.8.8", "93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]
#: Reached only where the installation allows it.
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.254",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "64:ff9b:1::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.9",
    "2001:db8::1",
]
#: Reached never: nobody's receiver is there.
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "255.255.255.255",
    "169.254.169.254",
    "169.254.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "::",
    "fe80::1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "::127.0.0.1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(ip_address(address), allow_private=False)
    assert is_allowed(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_ones_where_the_installation_allows_them(address: str) -> None:
    assert not is_allowed(ip_address(address), allow_private=False)
    assert is_allowed(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_some_never(address: str) -> None:
    assert not is_allowed(ip_address(address), allow_private=False)
    assert not is_allowed(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", ["240.0.0.1", "64:ff9b:2::1", "4000::1"])
def test_reserved_ones_are_not_public(address: str) -> None:
    assert not is_allowed(ip_address(address), allow_private=False)


SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "0",
    "0.0.0.0",
    "[::]",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[fe80::1]",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_spelling_is_seen_through_by_the_systems_own_resolver(host: str) -> None:
    assert is_forbidden(f"https://{host}/hook", allow_private=False)


@pytest.mark.parametrize("host", SPELLINGS)
def test_and_at_the_connection_as_well(host: str) -> None:
    poster = Poster(f"http://{host}:9/hook", allow_private=False, deadline_seconds=3)
    with pytest.raises(NoAnswer, match="inside this network"):
        poster.post(b"{}", {})


def resolver(*answers: Sequence[str]) -> Any:
    """Answer with each in turn, then with the last for ever."""
    left = list(answers)

    def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def test_one_bad_address_among_good_ones_is_enough() -> None:
    mixed = resolver(["93.184.215.14", "10.0.0.1"])
    with pytest.raises(Forbidden):
        addresses_of("mixed.example.com", 443, allow_private=False, seconds=1, resolve=mixed)


def test_a_name_that_does_not_resolve_yet_is_no_reason_to_refuse_it() -> None:
    def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError

    assert not is_forbidden("https://soon.example.com/", allow_private=False, resolve=nothing)
    with pytest.raises(Unresolved):
        addresses_of("soon.example.com", 443, allow_private=False, seconds=1, resolve=nothing)


def test_a_resolver_that_hangs_is_left_behind() -> None:
    def hangs(host: str, port: int) -> Sequence[str]:
        threading.Event().wait(5)
        return ["93.184.215.14"]

    with pytest.raises(Unresolved):
        addresses_of("slow.example.com", 443, allow_private=False, seconds=0.05, resolve=hangs)


def test_a_label_that_cannot_be_asked_for_is_no_crash() -> None:
    with pytest.raises(Unresolved):
        addresses_of("a" * 70 + ".example.com", 443, allow_private=False, seconds=2)


def test_a_name_that_was_good_at_the_look_and_bad_at_the_connection_reaches_nobody() -> None:
    turning = resolver(["93.184.215.14"], ["127.0.0.1"])
    with receiving() as inside:
        url = inside.url.replace("127.0.0.1", "turning.example.com")
        assert not is_forbidden(url, allow_private=False, resolve=turning)
        poster = Poster(url, allow_private=False, resolve=turning, deadline_seconds=3)
        with pytest.raises(NoAnswer, match="inside this network"):
            poster.post(b"{}", {})
        assert inside.came == []


def test_what_is_connected_to_is_what_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def once(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    # The resolver below the sockets must not be asked for the name again.
    monkeypatch.setattr(guard.socket, "getaddrinfo", _numbers_only(guard.socket.getaddrinfo))
    with receiving() as inside:
        url = inside.url.replace("127.0.0.1", "receiver.example.com")
        poster = Poster(url, allow_private=True, resolve=once)
        assert poster.post(b"{}", {}).status == 204
        (came,) = inside.came
    assert asked == ["receiver.example.com"]
    assert came.headers["host"].startswith("receiver.example.com:")


def _numbers_only(real: Any) -> Any:
    def look(host: Any, *more: Any, **named: Any) -> Any:
        ip_address(host)  # raises for a name
        return real(host, *more, **named)

    return look


def test_the_next_address_of_a_name_is_tried_when_the_first_does_not_answer() -> None:
    with receiving() as inside:
        url = inside.url.replace("127.0.0.1", "two.example.com")
        poster = Poster(url, allow_private=True, resolve=resolver(["127.0.0.2", "127.0.0.1"]))
        assert poster.post(b"{}", {}).status == 204


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiving() as target, receiving() as first:
        first.reply = lambda _: (307, {"Location": target.url}, b"")
        answer = Poster(first.url, allow_private=True).post(b"{}", {})
        assert (answer.status, target.came, len(first.came)) == (307, [], 1)


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Poster(receiver.url, allow_private=True).post(b"{}", {}).status == 204


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "insecure"),
        ("ftp://example.com/", "invalid"),
        ("example.com/hook", "invalid"),
        ("https://", "invalid"),
        ("https:///path", "invalid"),
        ("https://example.com:0/", "invalid"),
        ("https://example.com:99999/", "invalid"),
        ("https://me:secret@example.com/", "invalid"),
        ("https://example.com/#part", "invalid"),
        ("https://example.com/a b", "invalid"),
        ("https://exa\tmple.com/", "invalid"),
        ("https://example.com\\@10.0.0.1/", "invalid"),
        ("https://bücher.example/", "invalid"),
        ("https://[::1/", "invalid"),
        ("https://example.com/" + "a" * 2000, "max_length"),
    ],
)
def test_an_address_is_written_like_one(url: str, code: str) -> None:
    assert [fault.code for fault in url_faults(url, allow_http=False)] == [code]


def test_good_addresses_are_taken() -> None:
    for url in (
        "https://example.com",
        "https://example.com:8443/a?b=c%20d",
        "https://xn--bcher-kva.example/",
    ):
        assert url_faults(url, allow_http=False) == []
    assert url_faults("http://10.0.0.1:8080/hook", allow_http=True) == []
