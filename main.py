"""What App Engine's default entry point looks for."""

from jitaccess.wsgi import application as app

__all__ = ["app"]
