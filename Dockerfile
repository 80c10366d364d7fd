# syntax=docker/dockerfile:1
#
# The image of `docker compose up`; docs/deployment.md has the steps.
#
# Only wheels whose checksums stand in requirements.lock are installed, nothing is compiled, and what
# built Meshvisor's own wheel is not in the image that runs.

FROM python:3.13-slim-trixie AS base

# ---- Everything that needs a network or a build backend ----------------------------------------
FROM base AS build
ENV PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build

# By itself, so that a change of the sources downloads nothing again.
COPY requirements.lock ./
RUN pip download --require-hashes --only-binary :all: --dest wheels -r requirements.lock

# The pages of the console are built with a Node that comes as a wheel, too.
COPY requirements-web.lock ./
COPY tools/npm.sh tools/
COPY console/web/package.json console/web/package-lock.json console/web/.npmrc console/web/
RUN python -m venv node \
    && node/bin/pip install --require-hashes --only-binary :all: -r requirements-web.lock \
    && tools/npm.sh node --prefix console/web ci --no-progress
COPY console console
RUN tools/npm.sh node --prefix console/web run types \
    && tools/npm.sh node --prefix console/web run build

COPY pyproject.toml README.md LICENSE ./
COPY features features
COPY meshvisor meshvisor
COPY playground playground
COPY shared shared
COPY supervisor supervisor
COPY worker worker

# From here on without an index: the build backend comes from the lock as well, and each dependency
# in the one version that was downloaded.  The environment has no pip: what runs installs nothing.
RUN pip wheel --no-index --find-links wheels --no-deps --wheel-dir own . \
    && python -m venv --without-pip /opt/meshvisor \
    && pip --python /opt/meshvisor/bin/python install --no-index --find-links wheels own/*.whl

# ---- What runs ---------------------------------------------------------------------------------
FROM base

# The number is fixed: the files in the home's volume belong to it from one image to the next.
RUN groupadd --system --gid 10001 meshvisor \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /srv/meshvisor \
        --shell /usr/sbin/nologin meshvisor \
    && install -d -m 0700 -o 10001 -g 10001 \
        /srv/meshvisor /srv/meshvisor/config /srv/meshvisor/var

COPY --from=build /opt/meshvisor /opt/meshvisor
# A new volume begins with what lies here: every setting, commented out.
COPY --chown=10001:10001 --chmod=0600 config/meshvisor.toml /srv/meshvisor/config/meshvisor.toml

ENV PATH=/opt/meshvisor/bin:$PATH HOME=/srv/meshvisor MESHVISOR_HOME=/srv/meshvisor
WORKDIR /srv/meshvisor
# As a number, so that the container runtime can tell that it is not root.
USER 10001:10001

# Without a shell in between: the supervisor itself is PID 1, gets the signals and reaps orphans.
CMD ["meshvisor", "run"]
