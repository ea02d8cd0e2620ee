"""A simulated Cloud Scheduler: calls the application's jobs with tokens of a service account."""

import http.client
import threading
import time
from typing import Self
from urllib.parse import urlsplit

from simulator.company import HOST_PROJECT
from simulator.world import World

SERVICE_ACCOUNT = f"scheduler@{HOST_PROJECT}.iam.gserviceaccount.com"
# How often each job is called, in seconds; as in cron.yaml.
JOBS = {
    **dict.fromkeys(("decide", "deliver", "expire", "start", "remind"), 60),
    "reconcile": 300,
    "packs": 300,
    "refresh": 900,
    "audit": 900,
    "export": 3600,
    "campaigns": 3600,
}
# A job may need as long as Cloud Scheduler waits for its answer.
PATIENCE = 180


class Scheduler:
    """Calls the jobs while open inside a `with` block; the first time as soon as the application answers."""

    def __init__(self, world: World, app: str, *, audience: str) -> None:
        self._world = world
        self._app = urlsplit(app).netloc
        self._audience = audience
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def _run(self) -> None:
        due = dict.fromkeys(JOBS, time.monotonic())
        while not self._stop.wait(1):
            for name in [name for name, at in due.items() if at <= time.monotonic()]:
                if self.call(name):
                    due[name] = time.monotonic() + JOBS[name]

    def call(self, name: str) -> bool:
        """Call a job; False when the application does not answer yet."""
        token = self._world.oidc.sign(SERVICE_ACCOUNT, self._audience)
        connection = http.client.HTTPConnection(self._app, timeout=PATIENCE)
        try:
            connection.request(
                "POST", f"/cron/{name}", headers={"Authorization": f"Bearer {token}"}
            )
            answer = connection.getresponse()
            print(f"cron {name}: {answer.status} {answer.read().decode()}", flush=True)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True
