"""Static files with content hashes in their names, so that browsers may keep them."""

from pathlib import Path

from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage


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
    return (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file()
