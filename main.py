"""The module that App Engine's default entry point loads; it does not read gunicorn.conf.py."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from jitaccess.worker import begin
from jitaccess.wsgi import application

__all__ = ["app"]


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve the application; the first request also starts what gunicorn.conf.py starts in each worker."""
    begin()
    answer: Iterable[bytes] = application(environ, start_response)
    return answer
