# The image for Cloud Run, or any other container host: no build tools, no root; runs on a read-only file system.
# The digest pins Python's and Debian's packages; ./run image --renew takes the newest ones.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
# A mirror of the package registry; the hashes are checked all the same.
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/python -m pip install --require-hashes --only-binary :all: --requirement requirements.txt
# Google's client ships descriptions of 600 APIs, 100 MB; keep those in use.
RUN find /venv/lib/python3.13/site-packages/googleapiclient/discovery_cache/documents -type f \
    ! -name admin.directory_v1.json \
    ! -name cloudasset.v1.json \
    ! -name cloudidentity.v1.json \
    ! -name cloudresourcemanager.v3.json \
    ! -name iam.v1.json \
    ! -name iamcredentials.v1.json \
    ! -name pubsub.v1.json \
    ! -name secretmanager.v1.json \
    -delete
WORKDIR /app
COPY manage.py gunicorn.conf.py LICENSE NOTICE ./
COPY googlecloud googlecloud
COPY eligibility eligibility
COPY policies policies
COPY activations activations
COPY certification certification
COPY jitaccess jitaccess
COPY templates templates
COPY static static
# The settings require these values; they apply to this step only.
RUN RESOURCE_SCOPE=projects/build RESOURCE_CUSTOMER_ID=C0build SECRET_KEY=build-only-and-never-kept-anywhere-else-at-all \
    /venv/bin/python manage.py collectstatic --no-input
RUN /venv/bin/python -m compileall -q . && /venv/bin/python -m pip uninstall --yes pip

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
RUN python -m pip uninstall --yes pip && useradd --system --uid 10001 --home-dir /nonexistent jitaccess
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
# Which build this is: docker build --build-arg JITACCESS_REVISION=$(git rev-parse --short HEAD)
ARG JITACCESS_REVISION=""
ENV JITACCESS_REVISION=$JITACCESS_REVISION
USER 10001
EXPOSE 8080
CMD ["gunicorn", "jitaccess.wsgi"]
