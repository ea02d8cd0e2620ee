"""The production settings with the environment of a test."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

ENVIRONMENT = {
    "SECRET_KEY": "only-for-tests-" + "x" * 40,
    "K_SERVICE": "jitaccess",
    "ALLOW_SQLITE": "true",
    "RESOURCE_SCOPE": "organizations/7",
    "RESOURCE_CATALOG": "AssetInventory",
    "RESOURCE_CUSTOMER_ID": "C0example1",
    "IAP_BACKEND_SERVICE_ID": "1234567890",
    "ADMINISTRATORS": "group:jit-admins@example.com",
    "AUDITORS": "group:jit-auditors@example.com",
    "DATABASE_URL": os.environ.get("DATABASE_URL", "sqlite:///db.sqlite3"),
    "NO_GCE_CHECK": "true",
    "REQUESTS_PER_MINUTE": "100000",
    "READS_PER_MINUTE": "100000",
    "POLICY_WRITES_PER_MINUTE": "100000",
    "ASSET_CALLS_PER_MINUTE": "100000",
}
for _name, _value in ENVIRONMENT.items():
    os.environ[_name] = _value

from jitaccess.settings import *  # noqa: E402, F403  # must follow the environment
from jitaccess.settings import DATABASES, INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.flushing"]
STATIC_ROOT = Path(tempfile.gettempdir()) / "jitaccess-tests-static"
STATIC_ROOT.mkdir(exist_ok=True)
# A file, not memory, because each thread of the race tests opens its own connection.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    _folder = tempfile.mkdtemp(prefix="jitaccess-tests-")
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder) / "test.sqlite3")}
LOGGING_CONFIG = None  # type: ignore[assignment]  # tells Django to leave logging to pytest
