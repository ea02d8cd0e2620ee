"""Asks a public address, as a stranger, whether Identity-Aware Proxy answers there."""

from urllib3.exceptions import HTTPError

from googlecloud.addresses import require_safe
from googlecloud.config import CloudConfig
from googlecloud.failures import connection_failure
from googlecloud.transport import Pool

# https://cloud.google.com/iap/docs/query-parameters-and-headers-howto
_BY_IAP = "X-Goog-IAP-Generated-Response"
_TIMEOUT = 5.0
_API = "front door"


def is_answered_by_iap(url: str, config: CloudConfig) -> bool:
    """Return whether the answer to a request without any credentials is one of IAP's.

    :raises ValueError: when `url` is neither https nor on this machine.
    :raises Unavailable: when there is no answer.
    """
    require_safe(url)
    try:
        answer = Pool(config.impatient(_TIMEOUT)).request("HEAD", url)
    except HTTPError as error:
        raise connection_failure(error, api=_API) from None
    return answer.headers.get(_BY_IAP, "").lower() == "true"
