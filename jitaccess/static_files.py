"""Static files with content hashes in their names, so that browsers may keep them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Serves the plain file where `collectstatic` has not run, as in tests."""

    manifest_strict = False
