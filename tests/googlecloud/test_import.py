"""A cold start does not import Google's libraries."""

import subprocess
import sys

LIGHT = """
import sys
import googlecloud.cloud, googlecloud.config, googlecloud.iap, googlecloud.calls
import googlecloud.calls, googlecloud.calls, googlecloud.errors, googlecloud.metadata
cloud = googlecloud.cloud.Cloud(googlecloud.config.CloudConfig())
heavy = {"django", "googleapiclient", "google.auth", "requests", "httplib2", "simulator"}
print(sorted(heavy & set(sys.modules)))
cloud.asset
print(sorted({"googleapiclient", "requests", "simulator", "django"} & set(sys.modules)))
"""


def test_googles_libraries_are_imported_on_first_use_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == ["[]", "['googleapiclient']"], done.stderr
