"""Calls to Google go through the proxy of HTTPS_PROXY, except for the hosts of NO_PROXY."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from googlecloud import clients
from googlecloud.addresses import is_direct, require_proxy
from googlecloud.cloud import Cloud
from googlecloud.config import APIS, CloudConfig
from googlecloud.errors import Unavailable
from googlecloud.iap import IapKeys, KeysUnavailable
from googlecloud.oidc import InvalidIdToken, OidcVerifier
from googlecloud.server_time import server_time
from tests.googlecloud.clock import Clock
from tests.googlecloud.odd_server import OddServer, saying
from tests.googlecloud.tunnel_proxy import TunnelProxy, tunnel_proxy


@pytest.fixture
def proxy() -> Iterator[TunnelProxy]:
    with tunnel_proxy() as running:
        running.hosts = {"google.test": "127.0.0.1"}
        yield running


@pytest.fixture
def google(
    secure_url: str, certificate: Path, odd: OddServer, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Google under a name that only the proxy can resolve."""
    monkeypatch.setenv("GCE_METADATA_HOST", odd.host)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return secure_url.replace("127.0.0.1", "google.test")


def config(google: str, proxy: TunnelProxy, login: str = "") -> CloudConfig:
    return CloudConfig(endpoint=google, proxy=f"http://{login}{proxy.address}", retry_budget=0)


def read(config: CloudConfig, clock: Clock) -> object:
    cloud = Cloud(config, sleep=clock.sleep, clock=clock)
    return cloud.resource_manager.get_policy(project_id="p1")


def test_calls_to_google_go_through_the_proxy_and_metadata_does_not(
    google: str, proxy: TunnelProxy, clock: Clock
) -> None:
    assert read(config(google, proxy), clock) == {"etag": "over TLS"}
    assert proxy.asked == [google.removeprefix("https://")]


def test_the_proxys_login_is_sent_to_the_proxy(
    google: str, proxy: TunnelProxy, clock: Clock
) -> None:
    proxy.login = "jit:p@ss word"
    assert read(config(google, proxy, "jit:p%40ss%20word@"), clock) == {"etag": "over TLS"}


def test_a_refusal_of_the_proxy_is_named_without_its_password(
    google: str, proxy: TunnelProxy, clock: Clock
) -> None:
    proxy.login = "jit:another"
    with pytest.raises(Unavailable, match=r"HTTPS_PROXY refused .* 407") as caught:
        read(config(google, proxy, "jit:hunter2@"), clock)
    assert (caught.value.reason, caught.value.sent) == ("PROXY", False)
    assert "hunter2" not in f"{caught.value} {config(google, proxy, 'jit:hunter2@')!r}"


def test_a_proxy_that_does_not_run_is_named(google: str, clock: Clock) -> None:
    nobody = CloudConfig(endpoint=google, proxy="http://127.0.0.1:9", retry_budget=0)
    with pytest.raises(Unavailable, match="The proxy of HTTPS_PROXY could not be reached"):
        read(nobody, clock)


def test_hosts_of_no_proxy_are_called_directly(
    google: str, proxy: TunnelProxy, clock: Clock
) -> None:
    listed = replace(config(google, proxy), no_proxy=("google.test",))
    with pytest.raises(Unavailable):  # this machine does not know the name
        read(listed, clock)
    assert proxy.asked == []


def test_keys_certificates_and_googles_time_are_fetched_through_the_proxy(
    google: str, proxy: TunnelProxy
) -> None:
    with pytest.raises(KeysUnavailable):  # the server has no such page
        IapKeys(google, config=config(google, proxy)).get("any")
    verifier = OidcVerifier(service_account="a@b.c", config=config(google, proxy))
    with pytest.raises((Unavailable, InvalidIdToken)):
        verifier.verify("a.b.c", audience="x")
    server_time(google, config(google, proxy))
    assert proxy.asked == [google.removeprefix("https://")] * 3


@pytest.mark.parametrize(
    ("url", "no_proxy", "expected"),
    [
        ("https://iam.googleapis.com/v1", "", False),
        ("http://metadata.google.internal/x", "", True),
        ("https://127.0.0.1:9/", "", True),
        ("https://iam.googleapis.com/", "*", True),
        ("https://iam.googleapis.com/", "googleapis.com", True),
        ("https://iam.googleapis.com/", ".googleapis.com", True),
        ("https://iam.googleapis.com/", "*.googleapis.com", True),
        ("https://iam.googleapis.com/", "IAM.googleapis.com:443", True),
        ("https://iam.googleapis.com/", "iam.googleapis.com:8443", False),
        ("https://evilgoogleapis.com/", "googleapis.com", False),
        ("https://10.1.2.3/", "10.0.0.0/8", True),
        ("https://11.1.2.3/", "10.0.0.0/8", False),
        ("https://[fd00::1]/", "fd00::/8", True),
        ("https://iam.googleapis.com/", ".", False),
    ],
)
def test_no_proxy_lists_hosts_domains_networks_and_ports(
    url: str, no_proxy: str, expected: bool
) -> None:
    assert is_direct(url, tuple(filter(None, no_proxy.split(",")))) is expected


@pytest.mark.parametrize(
    "url",
    ["ftp://j:hunter2@p:1", "http://j:hunter2@", "http://j:hunter2@p:port", "http://p/hunter2"],
)
def test_an_address_that_is_no_proxy_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="not an address such as http://proxy") as caught:
        require_proxy(url)
    assert "hunter2" not in str(caught.value)


def test_other_apis_keep_the_common_address() -> None:
    mine = {"cloudresourcemanager": "https://rm.p.example.com/private/"}
    config = CloudConfig(endpoint="https://all.p.example.com", endpoints=mine)
    assert config.endpoint_of("cloudasset") == "https://all.p.example.com"
    assert config.endpoint_of("cloudresourcemanager") == "https://rm.p.example.com/private"
    assert CloudConfig().endpoint_of("cloudasset") is None


def test_the_call_goes_to_the_address_of_its_api(
    odd: OddServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", odd.host)
    odd.say(saying({"etag": "mine"}))
    mine = {"cloudresourcemanager": odd.url, "iamcredentials": odd.url}
    config = CloudConfig(endpoint="http://127.0.0.1:9", endpoints=mine, retry_budget=0)
    cloud = Cloud(config, sleep=clock.sleep, clock=clock)
    assert cloud.resource_manager.get_policy(project_id="p1") == {"etag": "mine"}
    with pytest.raises(Unavailable, match="could not be reached"):
        cloud.secret_manager.access(name="projects/p/secrets/s/versions/1")
    with pytest.raises(
        Unavailable, match="Google could not be reached"
    ):  # the token came, admin did not
        cloud.directory.groups_of(member="alice@example.com", customer_id="C1")


def test_every_api_that_is_called_can_have_an_address() -> None:
    source = Path(clients.__file__).read_text()
    opened = set(re.findall(r'_open\("(\w+)"', source))
    assert {"cloudasset", "admin"} <= opened <= set(APIS)


@pytest.mark.parametrize("address", ["http://google.example.com", "cloudasset.p.example.com"])
def test_an_address_of_one_api_must_be_safe_too(address: str) -> None:
    with pytest.raises(ValueError, match=r"^it (is not a base address|must start with https)"):
        CloudConfig(endpoints={"cloudasset": address})
