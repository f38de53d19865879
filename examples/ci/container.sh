#!/bin/sh
# How the container starts. The compiler keeps what it has compiled only where it may write, so what the image brings is
# copied to the temporary folder first: a few megabytes of memory, and seconds that each run does not spend compiling.
set -eu
NUMBA_CACHE_DIR="$(mktemp -d "${TMPDIR:-/tmp}/crossline.XXXXXXXX")"
export NUMBA_CACHE_DIR
cp -R "${CROSSLINE_HOME:-/opt/crossline}/kernels/." "$NUMBA_CACHE_DIR"
exec crossline "$@"
