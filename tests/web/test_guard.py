"""The door, asked with real requests on real sockets: every attack of the list is refused, and all are at once."""

from __future__ import annotations

import http.client
import json
import socket as sockets
from contextlib import closing, contextmanager, suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from sensor_pipeline.web.pairing import CODE_S, CODE_TRIES, MOST_PHONES, Pairing
from sensor_pipeline.web.server import PageServer

LAN = "127.0.0.2"
"""Stands for the computer's address in a network: another socket than the loopback page's."""


@pytest.fixture
def lan():
    with PageServer(
        {"mode": "live", "sensors": [], "targets": {}}, lambda request: "", port=0, lan=True, address=LAN
    ) as server:
        yield server


def ask(server, method="GET", path="/", *, address="127.0.0.1", host=None, origin=None, body=None, cookie=None):
    connection = http.client.HTTPConnection(address, server.port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for one in [host] if not isinstance(host, list) else host:
        connection.putheader("Host", f"{address}:{server.port}" if one is None else one)
    if origin is not None:
        connection.putheader("Origin", origin)
    if cookie is not None:
        connection.putheader("Cookie", cookie)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    with closing(connection), connection.getresponse() as answer:
        return answer.status, dict(answer.getheaders()), answer.read()


def code_of(server):
    return server.phone_url().partition("#k=")[2]


def pair(server, code, *, address=LAN, origin=None):
    origin = f"http://{address}:{server.port}" if origin is None else origin
    body = json.dumps({"code": code}).encode()
    return ask(server, "POST", "/pair", address=address, origin=origin, body=body)


def cookie_of(headers):
    return headers["set-cookie"].partition(";")[0]


@contextmanager
def socket(server, address="127.0.0.1", *, origin="", cookie=None, host=None):
    headers = {} if cookie is None else {"Cookie": cookie}
    origin = f"http://{address}:{server.port}" if origin == "" else origin
    with sockets.create_connection((address, server.port), 10) as raw:
        url = f"ws://{host or address}:{server.port}/live"
        with connect(url, origin=origin, additional_headers=headers, sock=raw) as page:
            yield page


def refused(server, **how):
    with pytest.raises(InvalidStatus) as caught, socket(server, **how):
        pass
    return caught.value.response.status_code == 403


def closed(page):
    """The code that a page is closed with."""
    with suppress(ConnectionClosed):
        while True:
            page.recv(timeout=10)
    return page.close_code


def hello(page):
    first = json.loads(page.recv(timeout=10))
    assert first["k"] == "hello"
    return first


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.",
        "[::1]",
        "",
        "127.0.0.1:{port}@evil",
        LAN + ":{port}",
    ],
)
def test_another_host_name_is_refused_on_the_loopback_socket(lan, host):
    assert ask(lan, host=host.format(port=lan.port))[0] == 403
    assert refused(lan, host="evil.example", origin=f"http://evil.example:{lan.port}")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "evil.example:{port}", "printer.local:{port}"]
)
def test_in_the_network_only_the_exact_address_is_let_in(lan, host):
    assert ask(lan, address=LAN, host=host.format(port=lan.port))[0] == 403
    assert ask(lan, address=LAN)[0] == 200


def test_two_host_headers_are_refused(lan):
    assert ask(lan, host=[f"127.0.0.1:{lan.port}", "evil.example"])[0] in (400, 403)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:{port}.evil.example",
    ],
)
def test_a_socket_and_a_post_need_the_pages_own_origin(lan, origin):
    origin = None if origin is None else origin.format(port=lan.port)
    assert refused(lan, origin=origin)
    assert ask(lan, "POST", "/pair", origin=origin, body=b"{}")[0] == 403
    assert ask(lan, "DELETE", "/", origin=origin)[0] == 403


def test_every_answer_carries_the_headers(lan):
    for path in ("/", "/static/page.js", "/nothing"):
        _, headers, _ = ask(lan, path=path)
        assert (
            headers["content-security-policy"]
            == "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        )
        assert (headers["x-content-type-options"], headers["referrer-policy"], headers["cache-control"]) == (
            "nosniff",
            "no-referrer",
            "no-store",
        )
        assert not any(name.startswith("access-control") for name in headers)
        assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "//etc/passwd",
        "/static/vendor/uplot-LICENSE.txt",
        "/static/index.html/..",
        "/static//page.js",
    ],
)
def test_only_the_pages_own_files_are_there(lan, path):
    assert ask(lan, path=path)[0] == 404


def test_without_a_pairing_a_phone_sees_the_empty_page_and_no_session(lan):
    assert ask(lan, address=LAN)[0] == 200
    assert ask(lan, path="/paired", address=LAN)[2] == b"no\n"
    assert refused(lan, address=LAN)
    assert refused(lan, address=LAN, cookie=f"dorsi_phone_{lan.port}=guess")


def test_a_code_works_once_and_gives_a_viewer(lan):
    code = code_of(lan)
    status, headers, _ = pair(lan, code)
    assert status == 200
    assert {"HttpOnly", "SameSite=strict"} <= {part.strip() for part in headers["set-cookie"].split(";")}
    with socket(lan, LAN, cookie=cookie_of(headers)) as page:
        assert hello(page)["role"] == "viewer"
    assert pair(lan, code)[0] == 403


def test_a_new_code_voids_the_one_before(lan):
    old = code_of(lan)
    new = code_of(lan)
    assert pair(lan, old)[0] == 403
    assert pair(lan, new)[0] == 200


def test_after_five_wrong_codes_the_right_one_is_void(lan):
    code = code_of(lan)
    for _ in range(CODE_TRIES):
        assert pair(lan, "A" * len(code))[0] == 403
    assert pair(lan, code)[0] == 403


def test_a_code_is_too_old_after_two_minutes():
    now = [0.0]
    pairing = Pairing(lambda: now[0])
    early, late = pairing.new_code(), ""
    now[0] = CODE_S - 0.001
    assert pairing.redeem(early)
    late = pairing.new_code()
    now[0] += CODE_S
    assert not pairing.open
    assert pairing.redeem(late) is None


def test_pairings_are_bounded_and_codes_differ():
    pairing = Pairing(lambda: 0.0)
    cookies = [pairing.redeem(pairing.new_code()) for _ in range(MOST_PHONES + 1)]
    assert len(set(cookies)) == MOST_PHONES + 1
    assert [bool(pairing.phone(cookie)) for cookie in cookies] == [False] + [True] * MOST_PHONES
    assert pairing.phone("") == ""


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"code": 5}', b'{"code": "\xc3\xa4"}', b"[" * 4000, b"\xff"])
def test_nonsense_is_no_code(lan, body):
    code_of(lan)
    assert ask(lan, "POST", "/pair", address=LAN, origin=f"http://{LAN}:{lan.port}", body=body)[0] == 403


def test_a_long_body_is_refused(lan):
    assert ask(lan, "POST", "/pair", origin=f"http://127.0.0.1:{lan.port}", body=b"x" * 5000)[0] == 413


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("x" * 5000, 1009),
        (b"bytes", 1003),
        ("no json", 1008),
        ("[]", 1008),
        ('{"do": "rm"}', 1008),
        ('{"do": "ping", "more": 1}', 1008),
        ("[" * 4000, 1008),
    ],
)
def test_a_message_that_is_none_closes_the_page(lan, sent, code):
    with socket(lan) as page:
        page.send(sent)
        assert closed(page) == code


def test_a_flood_of_messages_closes_the_page(lan):
    with socket(lan) as page:
        with suppress(ConnectionClosed):
            for _ in range(500):
                page.send('{"do": "ping"}')
        assert closed(page) == 1008


def test_a_page_on_this_computer_is_the_host(lan):
    with socket(lan) as page:
        assert hello(page)["role"] == "host"
