"""The front door behaves like Identity-Aware Proxy."""

import threading
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode

import google.auth.jwt
import pytest
import urllib3
from urllib3.response import BaseHTTPResponse

from simulator import FrontDoor, Simulator
from simulator.exchange import json_answer
from simulator.handler import Handler
from simulator.server import Server
from tests.ports import free_port

HTML = {"Accept": "text/html,application/xhtml+xml"}
ASSERTION = "x-goog-iap-jwt-assertion"
google_jwt: Any = google.auth.jwt


class App(Server):
    """An application that returns the request it received."""

    def __init__(self) -> None:
        self.second_chunk = threading.Event()
        super().__init__(AppHandler)


class AppHandler(Handler):
    def exchange(self) -> None:
        request = self.read_request()
        if request.path == "/stream":
            self.stream()
        elif request.path == "/cookies":
            self.cookies()
        elif request.path == "/nothing":
            self.send_response(304)
            self.end_headers()
        else:
            told = {
                "method": request.method,
                "target": request.target,
                "headers": request.headers,
                "names": sorted(name.lower() for name in self.headers),
                "body": len(request.body),
            }
            self.send(json_answer(told))

    def cookies(self) -> None:
        self.send_response(200)
        self.send_header("Set-Cookie", "a=1; Path=/")
        self.send_header("Set-Cookie", "b=2; Path=/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"first")
        self.wfile.flush()
        cast("App", self.server).second_chunk.wait(5)
        self.wfile.write(b"second")


class Browser:
    """Stores the chosen person."""

    def __init__(self, door: FrontDoor) -> None:
        self.http = urllib3.PoolManager(retries=False, timeout=10)
        self.url = door.url
        self.cookie = ""

    def go(self, path: str, method: str = "GET", **options: Any) -> BaseHTTPResponse:
        headers = dict(options.pop("headers", {}))
        if self.cookie:
            headers["Cookie"] = self.cookie
        return self.http.request(
            method, self.url + path, headers=headers, redirect=False, **options
        )

    def choose(self, email: str, **form: str) -> BaseHTTPResponse:
        answer = self.go(
            "/_gcp_iap/sign_in",
            "POST",
            body=urlencode({"email": email, **form}),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        self.cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
        return answer


@pytest.fixture
def app() -> Iterator[App]:
    with App() as running:
        yield running


@pytest.fixture
def door(sim: Simulator, app: App) -> Iterator[FrontDoor]:
    with sim.front_door(f"http://{app.address}") as running:
        yield running


@pytest.fixture
def browser(door: FrontDoor) -> Iterator[Browser]:
    visitor = Browser(door)
    yield visitor
    visitor.http.clear()


@pytest.fixture
def alice(browser: Browser) -> Browser:
    browser.choose("alice@example.com")
    return browser


def claims(sim: Simulator, token: str) -> dict[str, Any]:
    keys = sim.iap.public_keys()
    return dict(google_jwt.decode(token, certs=keys, audience=sim.audience))


def test_a_page_without_a_person_redirects_to_the_chooser_and_back(browser: Browser) -> None:
    answer = browser.go("/requests/7?tab=a%26b", headers=HTML)
    assert answer.status == 302
    assert answer.headers["X-Goog-IAP-Generated-Response"] == "true"
    page = browser.go(answer.headers["Location"], headers=HTML)
    assert page.status == 200
    assert 'value="/requests/7?tab=a%26b"' in page.data.decode()
    chosen = browser.choose("alice@example.com", **{"continue": "/requests/7?tab=a%26b"})
    assert (chosen.status, chosen.headers["Location"]) == (303, "/requests/7?tab=a%26b")


@pytest.mark.parametrize(
    ("method", "headers"), [("GET", {"Accept": "*/*"}), ("GET", {}), ("POST", HTML)]
)
def test_scripts_and_forms_without_a_choice_get_401(
    browser: Browser, method: str, headers: dict[str, str]
) -> None:
    answer = browser.go("/api/policy", method, headers=headers)
    assert answer.status == 401
    assert answer.headers["X-Goog-IAP-Generated-Response"] == "true"


def test_health_paths_need_a_person_too(browser: Browser) -> None:
    assert browser.go("/health/alive").status == 401


def test_the_chooser_lists_everybody_who_can_sign_in(browser: Browser) -> None:
    page = browser.go("/_gcp_iap/sign_in").data.decode()
    assert page.count("<button") == 13
    assert "On call for the shop" in page
    assert "gus@example.com" not in page
    assert "<script" not in page
    assert "signed in" not in page


def test_the_chooser_has_a_strict_policy_and_no_style_inside(browser: Browser) -> None:
    page = browser.go("/_gcp_iap/sign_in")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "style=" not in page.data.decode()
    style = browser.go("/_gcp_iap/style.css")
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "prefers-color-scheme: dark" in style.data.decode()
    assert browser.go("/_gcp_iap/icon.svg").headers["Content-Type"] == "image/svg+xml"


def test_addresses_are_escaped(sim: Simulator, browser: Browser) -> None:
    sim.company.add_user('"><b>@example.com', "<i>")
    page = browser.go("/_gcp_iap/sign_in?continue=/%22%3E%3Cu%3E").data.decode()
    assert not any(tag in page for tag in ("<b>", "<i>", "<u>"))


def test_the_choice_is_stored_in_a_protected_cookie(browser: Browser) -> None:
    cookie = browser.choose("alice@example.com").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "signed in" in browser.go("/_gcp_iap/sign_in").data.decode()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nX: y", ""]
)
def test_the_way_back_never_leaves_the_site(browser: Browser, target: str) -> None:
    answer = browser.choose("alice@example.com", **{"continue": target})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("email", ["zoe@example.com", "gus@example.com", ""])
def test_nobody_else_can_be_chosen(browser: Browser, email: str) -> None:
    assert browser.choose(email).status == 400


def test_another_site_cannot_choose(browser: Browser) -> None:
    answer = browser.go(
        "/_gcp_iap/sign_in",
        "POST",
        body="email=alice@example.com",
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status == 405
    assert browser.go("/_gcp_iap/sign_in", "PUT").status == 405


def test_each_request_carries_a_fresh_assertion(sim: Simulator, alice: Browser) -> None:
    first, second = (alice.go("/").json()["headers"] for _ in range(2))
    assert claims(sim, first[ASSERTION])["email"] == "alice@example.com"
    assert first[ASSERTION] != second[ASSERTION]
    assert first["x-goog-authenticated-user-email"] == "accounts.google.com:alice@example.com"
    assert first["x-goog-authenticated-user-id"].startswith("accounts.google.com:")


def test_headers_that_only_google_may_set_are_replaced(sim: Simulator, alice: Browser) -> None:
    forged = {
        "X-Goog-IAP-JWT-Assertion": sim.assertion("olga@example.com"),
        "X-Goog-Anything": "1",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Own": "kept",
    }
    told = alice.go("/", headers=forged).json()
    assert len(told["names"]) == len(set(told["names"]))
    headers = told["headers"]
    assert claims(sim, headers[ASSERTION])["email"] == "alice@example.com"
    assert "x-goog-anything" not in headers
    assert headers["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-own"] == "kept"


def test_the_application_sees_the_host_that_people_see_and_a_trace(alice: Browser) -> None:
    headers = alice.go("/", headers={"Host": "jit.example:8080"}).json()["headers"]
    assert headers["host"] == "jit.example:8080"
    assert headers["x-cloud-trace-context"].endswith(";o=1")
    own = alice.go("/", headers={"X-Cloud-Trace-Context": "mine/1"}).json()["headers"]
    assert own["x-cloud-trace-context"] == "mine/1"


def test_the_application_does_not_see_our_cookie(alice: Browser) -> None:
    assert "cookie" not in alice.go("/").json()["headers"]
    alice.cookie = f"theme=dark; {alice.cookie}; csrf=1"
    assert alice.go("/").json()["headers"]["cookie"] == "theme=dark; csrf=1"


def test_method_path_query_and_body_arrive_unchanged(alice: Browser) -> None:
    told = alice.go("/a%2Fb/../c?x=1&y=%20", "PATCH", body=b"z" * 1_000_000).json()
    assert (told["method"], told["body"]) == ("PATCH", 1_000_000)
    assert told["target"].endswith("/c?x=1&y=%20")


def test_cookies_of_the_application_pass_one_by_one(alice: Browser) -> None:
    answer = alice.go("/cookies")
    assert answer.headers.getlist("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]


def test_an_answer_streams_while_the_application_still_writes(alice: Browser, app: App) -> None:
    answer = alice.go("/stream", preload_content=False)
    assert answer.read(5) == b"first"
    app.second_chunk.set()
    assert answer.read() == b"second"


def test_answers_without_a_body_stay_without(alice: Browser) -> None:
    assert alice.go("/nothing").status == 304
    assert alice.go("/", "HEAD").data == b""
    assert alice.go("/").status == 200


def test_clearing_the_cookie_leads_to_the_chooser(alice: Browser) -> None:
    answer = alice.go("/activity?page=2&gcp-iap-mode=CLEAR_LOGIN_COOKIE", headers=HTML)
    assert answer.status == 302
    assert answer.headers["Location"] == "/_gcp_iap/sign_in?continue=%2Factivity%3Fpage%3D2"
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


def test_a_suspended_person_cannot_go_on(sim: Simulator, alice: Browser) -> None:
    sim.company.add_user("alice@example.com", suspended=True)
    assert alice.go("/").status == 401


def test_a_removed_person_must_choose_again(sim: Simulator, alice: Browser) -> None:
    sim.company.remove_user("alice@example.com")
    assert alice.go("/").status == 401


def test_a_garbled_cookie_is_no_choice(browser: Browser) -> None:
    browser.cookie = 'SIMULATED_IAP_PERSON="\x7f,;='
    assert browser.go("/").status == 401


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("FUTURE_ISSUE", "early"),
        ("PAST_EXPIRATION", "expired"),
        ("AUDIENCE", "audience"),
        ("SIGNATURE", "verify"),
    ],
)
def test_iaps_own_smoke_test_breaks_the_assertion(
    sim: Simulator, alice: Browser, fault: str, words: str
) -> None:
    path = f"/?gcp-iap-mode=SECURE_TOKEN_TEST&iap-secure-token-test-type={fault}"
    token = alice.go(path).json()["headers"][ASSERTION]
    with pytest.raises(ValueError, match=words):
        claims(sim, token)


def test_iaps_own_smoke_test_can_leave_it_out_or_change_the_issuer(
    sim: Simulator, alice: Browser
) -> None:
    mode = "/?gcp-iap-mode=SECURE_TOKEN_TEST&iap-secure-token-test-type"
    assert ASSERTION not in alice.go(f"{mode}=NOT_SET").json()["headers"]
    token = alice.go(f"{mode}=ISSUER").json()["headers"][ASSERTION]
    assert claims(sim, token)["iss"] != "https://cloud.google.com/iap"


def test_it_can_show_somebody_from_another_identity_source(sim: Simulator, alice: Browser) -> None:
    path = "/?gcp-iap-mode=SECURE_TOKEN_TEST&iap-secure-token-test-type=WORKFORCE"
    token = alice.go(path).json()["headers"][ASSERTION]
    assert claims(sim, token)["sub"].startswith("sts.google.com:")


def test_while_the_application_is_not_up_pages_try_again(sim: Simulator) -> None:
    with sim.front_door(f"http://127.0.0.1:{free_port()}") as door:
        visitor = Browser(door)
        visitor.choose("alice@example.com")
        page = visitor.go("/", headers=HTML)
        assert page.status == 502
        assert 'http-equiv="refresh"' in page.data.decode()
        form = visitor.go("/api/policy", "POST", body=b"a" * 100)
        assert (form.status, form.data) == (502, b"The application does not answer.")
        visitor.http.clear()


def test_bodies_of_unknown_length_are_refused(alice: Browser) -> None:
    answer = alice.go("/", "POST", body=iter([b"a"]), chunked=True)
    assert answer.status == 411
