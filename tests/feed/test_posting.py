"""Requests on real sockets: signed as the reference library verifies, within their deadline, to the named host only."""

from __future__ import annotations

import datetime as dt
import json
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection
from standardwebhooks import Webhook, WebhookVerificationError

from dialer import clock
from dialer.feed import deliver, endpoints, sending
from dialer.feed.posting import NoAnswer, Poster
from dialer.feed.signing import is_secret, new_secret
from dialer.models import WebhookDelivery
from tests.feed.conftest import Stage, again, delivery_of, ready
from tests.feed.receiver import Receiver
from tests.providers.loopback import Loopback, answer

NAME = "receiver.example.com"


# --- the signature --------------------------------------------------------------------------------------------


@pytest.fixture
def today(stage: Stage) -> Stage:
    """A stage whose clock is near the real one: the reference library compares with that."""
    stage.now = dt.datetime.now(dt.UTC)
    return stage


def verified(came: Any, secret: str) -> Any:
    return Webhook(secret).verify(came.body, came.headers)


def test_the_reference_library_verifies_what_arrives(today: Stage, receiver: Receiver) -> None:
    endpoint = ready(today, url=receiver.url)
    today.tick("deliver")
    (came,) = receiver.came
    payload = verified(came, endpoint.secrets["current"])
    event = delivery_of(endpoint).event
    assert set(payload) == {"type", "timestamp", "data"}
    assert (payload["type"], payload["data"]["id"]) == ("job.queued", str(event.pk))
    assert payload["timestamp"] == payload["data"]["occurred_at"]
    assert came.headers["webhook-id"] == str(event.pk)
    assert came.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        verified(came, new_secret())
    came.body += b" "
    with pytest.raises(WebhookVerificationError):
        verified(came, endpoint.secrets["current"])


def test_both_secrets_sign_for_a_day_after_a_change(today: Stage, receiver: Receiver) -> None:
    endpoint = ready(today, url=receiver.url)
    old = endpoint.secrets["current"]
    new = endpoints.rotate(endpoint_id=endpoint.pk, now=today.now)
    today.tick("deliver")
    (came,) = receiver.came
    assert verified(came, old) == verified(came, new)

    keys = endpoints.signing_keys(again(endpoint), today.now + dt.timedelta(hours=23, minutes=59))
    assert keys == [new, old]
    assert endpoints.signing_keys(endpoint, today.now + dt.timedelta(hours=24)) == [new]


def test_each_sending_is_signed_with_its_own_instant(today: Stage, receiver: Receiver) -> None:
    endpoint = ready(today, url=receiver.url)
    receiver.reply = lambda _: (500, {}, b"")
    today.tick("deliver")
    today.wait(seconds=30)
    today.tick("deliver")
    first, second = (came.headers for came in receiver.came)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 30
    for came in receiver.came:
        verified(came, endpoint.secrets["current"])


def test_secrets_are_as_the_specification_writes_them_and_not_readable_at_rest(stage: Stage) -> None:
    secret = new_secret()
    assert is_secret(secret)
    assert not any(
        is_secret(text)
        for text in ("", "whsec_", "whsec_c2hvcnQ=", secret.removeprefix("whsec_"), "whsec_***")
    )
    endpoint = stage.endpoint()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM dialer_webhookendpoint")
        (stored,) = cursor.fetchone()
    assert endpoint.secrets["current"] not in stored
    assert endpoint.secrets["current"] not in f"{endpoint.secrets!r}"


# --- deadlines and bounds -------------------------------------------------------------------------------------


def poster(url: str, **more: Any) -> Poster:
    return Poster(url, **{"allow_private": True, "deadline_seconds": 0.6} | more)


def test_a_receiver_that_drips_is_over_at_the_deadline() -> None:
    def drip(peer: socket.socket, server: Loopback) -> None:
        server.read_request(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        while not server.stopping.wait(0.1):
            peer.sendall(b"X: y\r\n")

    server = Loopback(drip)
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="did not answer within"):
        poster(server.url).post(b"{}", {})
    assert time.monotonic() - began < 3
    server.stop()


def test_a_body_without_end_is_not_read_to_its_end() -> None:
    def flood(peer: socket.socket, server: Loopback) -> None:
        server.read_request(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not server.stopping.is_set():
            peer.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")

    server = Loopback(flood)
    found = poster(server.url, deadline_seconds=5).post(b"{}", {})
    assert (found.status, len(found.body)) == (200, 4096)
    server.stop()


def test_the_status_counts_even_when_the_body_never_comes() -> None:
    def promise(peer: socket.socket, server: Loopback) -> None:
        server.read_request(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nsome")
        server.stopping.wait(10)

    server = Loopback(promise)
    began = time.monotonic()
    found = poster(server.url, deadline_seconds=9).post(b"{}", {})
    assert (found.status, found.body) == (200, b"some")
    assert time.monotonic() - began < 3
    server.stop()


@pytest.mark.parametrize(
    ("said", "why"), [(b"", "the connection broke"), (b"HTTP/9 what\r\n\r\n", "the connection broke")]
)
def test_what_is_no_answer_is_none(said: bytes, why: str) -> None:
    def talk(peer: socket.socket, server: Loopback) -> None:
        server.read_request(peer)
        peer.sendall(said)

    server = Loopback(talk)
    with pytest.raises(NoAnswer, match=why):
        poster(server.url).post(b"{}", {})
    server.stop()


def test_nobody_there_is_told_as_such() -> None:
    server = Loopback(lambda peer, _: None)
    server.stop()
    with pytest.raises(NoAnswer, match="no connection"):
        poster(server.url).post(b"{}", {})


def test_one_slow_receiver_holds_up_only_itself(today: Stage, receiver: Receiver, settings: Any) -> None:
    settings.DIALER_PUSH_THREADS = 4
    release = threading.Event()

    def hang(peer: socket.socket, server: Loopback) -> None:
        server.read_request(peer)
        release.wait(10)
        peer.sendall(answer(b""))

    slow = Loopback(hang)
    ready(today, url=slow.url)
    quick = today.endpoint(url=receiver.url)
    today.event()
    began = time.monotonic()
    today.tick("feed")
    thread = threading.Thread(target=lambda: deliver.deliver_due(now=today.now), daemon=True)
    thread.start()
    while not WebhookDelivery.objects.filter(endpoint=quick, state="delivered").exists():
        assert time.monotonic() - began < 3
        time.sleep(0.02)
    release.set()
    thread.join(10)
    deadline = time.monotonic() + 5
    while WebhookDelivery.objects.filter(state="pending").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    slow.stop()
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}


# --- TLS ------------------------------------------------------------------------------------------------------


def certified(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for a name; gives its file and a context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, *form)
    file = folder / "both.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file, ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())


@pytest.mark.parametrize(("asked", "is_trusted"), [(NAME, True), ("other.example.com", False)])
def test_the_name_stays_what_the_certificate_is_checked_against(
    tmp_path: Path, asked: str, is_trusted: bool
) -> None:
    file, trusted = certified(tmp_path, NAME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    seen: list[str | None] = []
    context.sni_callback = lambda _, name, __: seen.append(name)

    def talk(peer: socket.socket, server: Loopback) -> None:
        with context.wrap_socket(peer, server_side=True) as wrapped:
            server.read_request(wrapped)
            wrapped.sendall(answer(b"{}"))

    server = Loopback(talk)
    url = f"https://{asked}:{server.url.rpartition(':')[2]}/hook"
    sender = poster(url, resolve=lambda host, port: ["127.0.0.1"], trusted=trusted, deadline_seconds=5)
    if is_trusted:
        assert sender.post(b"{}", {}).status == 200
    else:
        with pytest.raises(NoAnswer, match="no connection"):
            sender.post(b"{}", {})
        assert server.requests == []
    assert seen == [asked]
    server.stop()


def test_a_test_is_sent_now_and_never_again(today: Stage, receiver: Receiver) -> None:
    endpoint = today.endpoint(
        url=receiver.url, is_enabled=False, disabled_reason="gone", disabled_at=clock.now()
    )
    receiver.reply = lambda _: (418, {}, b"short and stout")
    delivery = deliver.send_test(endpoint)
    assert (delivery.state, delivery.last_status, delivery.last_excerpt) == ("failed", 418, "short and stout")
    payload = verified(receiver.came[0], endpoint.secrets["current"])
    assert (payload["type"], payload["data"]) == ("webhook.test", {"webhook_endpoint": str(endpoint.pk)})
    assert (again(endpoint).failures_in_row, delivery.due_at) == (0, None)
    assert json.loads(receiver.came[0].body) == payload
    assert payload["type"] == sending.TEST_KIND
