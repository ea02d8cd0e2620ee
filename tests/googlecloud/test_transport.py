"""One pool carries all calls, and malformed answers do no harm."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from urllib3.exceptions import HTTPError

from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from googlecloud.errors import Invalid, NotFound, TimedOut, Unavailable
from googlecloud.transport import AuthorizedHttp, Http, Pool
from tests.googlecloud.clock import Clock
from tests.googlecloud.odd_server import OddServer, Said, saying


def read(cloud: Cloud) -> dict[str, object]:
    return cloud.resource_manager.get_policy(project_id="p1")


def test_requests_carry_our_name_and_token(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(Said())
    read(odd_cloud)
    _, _, headers, _ = odd.asked[0]
    assert headers["user-agent"] == "JIT-Access (gzip)"
    assert headers["authorization"] == "Bearer t0ken"


def test_compressed_answers_are_read(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(Said(body=gzip.compress(b'{"etag": "e"}'), headers={"Content-Encoding": "gzip"}))
    assert read(odd_cloud) == {"etag": "e"}


@pytest.mark.parametrize(
    "said",
    [
        Said(body=b"<html>"),
        Said(body=b"[]"),
        Said(body=b"null"),
        Said(body=b"\xff"),
        Said(body=b""),
        Said(body=b"[" * 100_000),
        Said(body=b"{}", headers={"Content-Encoding": "gzip"}),
        Said(body=b'{"etag": ', claimed_length=100),
        Said(302, headers={"Location": "http://127.0.0.1:9/elsewhere"}),
        Said(304),
        Said(502, b"<html>Bad Gateway</html>"),
    ],
)
def test_an_answer_that_cannot_be_read_is_retried_and_then_raised(
    odd: OddServer, odd_cloud: Cloud, said: Said
) -> None:
    odd.say(said, Said(body=b'{"etag": "e"}'))
    assert read(odd_cloud) == {"etag": "e"}
    odd.say(said)
    with pytest.raises(Unavailable):
        read(odd_cloud)
    assert len(odd.asked) > 3


def test_no_content_is_an_empty_answer(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(Said(204, b""))
    assert read(odd_cloud) == {}


def test_no_address_and_no_token_in_any_error(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"error": {"message": "No.", "code": 404}}, 404))
    with pytest.raises(NotFound) as caught:
        odd_cloud.directory.groups_of(member="alice@example.com", customer_id="C1")
    error: BaseException | None = caught.value
    while error is not None:
        assert odd.host not in str(error)
        assert "t0ken" not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_a_value_that_google_would_not_take_is_invalid_before_it_is_sent(
    odd: OddServer, odd_cloud: Cloud
) -> None:
    odd.say(Said())
    with pytest.raises(Invalid):
        odd_cloud.resource_manager._calls.read(
            lambda: odd_cloud.resource_manager._projects.get(name="nonsense"), explanations={}
        )
    assert odd.asked == []


def test_long_queries_are_sent_as_post(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"projects": [{"projectId": "p1"}]}))
    query = " OR ".join(f"id:project-{number}" for number in range(200))
    assert [found.project_id for found in odd_cloud.resource_manager.search_projects(query=query)]
    method, path, headers, _ = odd.asked[0]
    assert (method, path) == ("POST", "/v3/projects:search")
    assert headers["x-http-method-override"] == "GET"


def test_a_refused_connection_is_unavailable(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, odd: OddServer
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", odd.host)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        cloud = Cloud(CloudConfig(endpoint=endpoint), sleep=clock.sleep, clock=clock)
        with pytest.raises(Unavailable, match="could not be reached") as caught:
            read(cloud)
    assert not caught.value.sent
    assert caught.value.is_final


@pytest.fixture
def deaf_server() -> Iterator[str]:
    """Accepts connections and never reads from them."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        accepted: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    accepted.append(listener.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in accepted:
            connection.close()


def exchange(cloud_config: CloudConfig, url: str, body: bytes, at_most: float) -> float:
    started = time.monotonic()
    pool = Pool(cloud_config)
    with pytest.raises((HTTPError, TimeoutError), match="timed out"):
        Http(pool).within(at_most).request(f"{url}/x", "POST", body)
    return time.monotonic() - started


def test_sending_reading_and_a_deadline_have_limits_of_their_own(deaf_server: str) -> None:
    large = b"x" * 20_000_000
    quick_writes = CloudConfig(write_timeout=0.2)
    assert exchange(quick_writes, deaf_server, large, 5) < 2
    quick_reads = CloudConfig(read_timeout=0.2)
    assert exchange(quick_reads, deaf_server, b"small", 5) < 2
    assert exchange(CloudConfig(), deaf_server, b"small", 0.2) < 2
    assert exchange(CloudConfig(), deaf_server, b"small", 0) < 2


def test_a_request_that_cannot_be_sent_in_time_has_timed_out(
    deaf_server: str, odd: OddServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", odd.host)
    cloud = Cloud(CloudConfig(endpoint=deaf_server, write_timeout=0.2, retry_budget=0), clock=clock)
    manager = cloud.resource_manager
    with pytest.raises(TimedOut, match="did not take the request in time") as caught:
        manager._calls.read(
            lambda: manager._projects.setIamPolicy(
                resource="projects/p1", body={"policy": {"etag": "x" * 20_000_000}}
            ),
            explanations={},
        )
    assert not caught.value.is_final


def test_both_dialects_of_http_can_be_closed_without_closing_the_pool(odd: OddServer) -> None:
    odd.say(Said())

    class NoBearer:
        def apply(self, headers: dict[str, str]) -> str:
            return ""

        def renew(self, *, refused: str) -> None:
            raise AssertionError

    http = AuthorizedHttp(Http(Pool(CloudConfig())), NoBearer())
    http.close()
    Http(Pool(CloudConfig())).close()
    response, body = http.request(odd.url)
    assert (response.status, body, response["content-length"]) == (200, b"{}", "2")
