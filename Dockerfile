# The product without the embedded servers: worker, gateway and migrations are commands of one image. It has no weights of
# `toxicity`: docker-compose.yml mounts them (docs/operations.md, Production).
FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=/app PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements/runtime.lock requirements/runtime.lock
RUN pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes -r requirements/runtime.lock \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin dueprocess
COPY policies policies
COPY cases cases
COPY record record
COPY workflows workflows
COPY activities activities
COPY api api
COPY workers workers
# At run time nothing of the image can be written, so what is not compiled here is compiled anew at every start.
RUN python -m compileall -q -j 0 policies cases record workflows activities api workers

USER dueprocess
