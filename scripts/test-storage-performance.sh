#!/usr/bin/env bash
# What a record costs in each shape of the store, beside gzip, zstd, xz and the objects of protobuf-java.
#
#   scripts/test-storage-performance.sh [--data logs-350,...] [--block-records 65535,16384] [--small-kibibytes 512] [--records N] [--rounds N]
#
# One table per data set; every block is read back and compared first. It runs on one core; xz is needed for its column.
# The running agent's figures are scripts/bench-outage's; single steps are measured by `scripts/jmh Column`.
set -euo pipefail
command_line="scripts/test-storage-performance.sh $*"
. "$(dirname "$0")/bench-lib.sh"
bench_build >&2
describe_run "$command_line"
say
# glibc gives memory back to the system only below this threshold; bin/colonnade sets it too.
export MALLOC_MMAP_THRESHOLD_=65536
tool_flags+=(-Xmx3g)
tool StorageMain "$@"
