"""Google's clock, from the Date header of any answer."""

from datetime import datetime
from email.utils import parsedate_to_datetime

from urllib3.exceptions import HTTPError

from googlecloud.addresses import require_safe
from googlecloud.config import CloudConfig
from googlecloud.errors import Unavailable
from googlecloud.failures import connection_failure
from googlecloud.transport import Pool

_TIMEOUT = 5.0
_API = "time"


def server_time(url: str, config: CloudConfig | None = None) -> datetime:
    """Return the time of the server at `url`, to the second; any answer will do.

    `config` says through which proxy.

    :raises ValueError: when `url` is neither https nor on this machine.
    :raises Unavailable: when there is no answer, or it has no valid Date header.
    """
    require_safe(url)
    pool = Pool((config or CloudConfig()).impatient(_TIMEOUT))
    try:
        answer = pool.request("HEAD", url)
    except HTTPError as error:
        raise connection_failure(error, api=_API) from None
    try:
        return parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        raise Unavailable("The answer does not say the time", reason="NO_DATE", api=_API) from None
