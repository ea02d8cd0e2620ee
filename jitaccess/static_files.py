"""Static files with content hashes in their names, so that browsers may keep them."""

from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

MANIFEST = "staticfiles.json"


class ManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped base
    """Returns the plain file name where `collectstatic` has not run, as in tests."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name


def are_collected() -> bool:
    """Return whether `collectstatic` has run."""
    return (Path(settings.STATIC_ROOT) / MANIFEST).is_file()


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # untyped base
    """Serves the static files, but not the list of them."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        if Path(path).name != MANIFEST:
            super().add_file_to_dictionary(url, path, stat_cache=stat_cache)
