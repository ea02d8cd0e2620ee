"""What App Engine's default entry point looks for; that one does not read our gunicorn.conf.py."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from jitaccess.worker import begin
from jitaccess.wsgi import application

__all__ = ["app"]


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The application; with the first request comes what gunicorn.conf.py does in each worker."""
    begin()
    answer: Iterable[bytes] = application(environ, start_response)
    return answer
