"""gunicorn as the product configures it, for `bench/bare_django.py`, which has neither telemetry nor a log."""

import gc
import runpy
from pathlib import Path
from typing import Any

product = runpy.run_path(str(Path(__file__).resolve().parent.parent / "gunicorn.conf.py"))
taken = ("bind", "workers", "worker_class", "threads", "timeout", "keepalive", "worker_tmp_dir")
globals().update({name: product[name] for name in taken})
control_socket_disable = True


def post_worker_init(worker: Any) -> None:  # noqa: ARG001  # the name is gunicorn's
    gc.collect()
    gc.freeze()
