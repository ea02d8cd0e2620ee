"""Pub/Sub: publishes one message to a topic."""

import base64
from collections.abc import Mapping
from typing import Any

from googlecloud.calls import Calls
from googlecloud.errors import Denied, NotFound
from googlecloud.names import topic_name

_PUBLISH = "pubsub.topics.publish"


class PubSub:
    """Client for Pub/Sub. Sends each message once, because the caller retries on its own schedule."""

    def __init__(self, calls: Calls, topics: Any) -> None:
        self._calls = calls
        self._topics = topics

    def publish(
        self,
        *,
        project_id: str,
        topic: str,
        data: bytes,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        """Publish and return the message id, or '' when Pub/Sub returns none.

        :raises Denied, NotFound: when the topic does not exist or the service account may not publish.
        :raises GoogleCloudError: when Pub/Sub does not accept the message.
        """
        path = topic_name(project_id, topic)
        message: dict[str, Any] = {"data": base64.b64encode(data).decode()}
        if attributes:
            message["attributes"] = dict(attributes)
        unreachable = f"Pub/Sub topic '{path}' cannot be accessed or does not exist"
        answer = self._calls.write(
            lambda: self._topics.publish(topic=path, body={"messages": [message]}),
            explanations={Denied: unreachable, NotFound: unreachable},
        )
        return str(next(iter(answer.get("messageIds") or []), ""))

    def may_publish(self, *, project_id: str, topic: str) -> bool:
        """Return whether the topic exists and the service account may publish; publishes nothing.

        :raises GoogleCloudError: when Pub/Sub does not answer.
        """
        path = topic_name(project_id, topic)
        body = {"permissions": [_PUBLISH]}
        try:
            answer = self._calls.read(
                lambda: self._topics.testIamPermissions(resource=path, body=body), explanations={}
            )
        except NotFound:
            return False
        return _PUBLISH in (answer.get("permissions") or [])
