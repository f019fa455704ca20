# What the scripts share. Source it: . "$(dirname "$0")/lib.sh"
# Sets `root`, and has build tools checked and named before anything runs.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/agent/src/main/dist/bin/find-java.sh"

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# Puts JDK 25 under Maven as well, because the formatter and the banned-call check run inside Maven's own JVM.
need_build_tools() {
    local version
    JAVA_HOME=$(find_java_25 javac) || exit 1
    export JAVA_HOME
    command -v mvn >/dev/null || die "maven not found: install Apache Maven 3.8 or newer (Debian: apt-get install maven)"
    version=$(maven --version | sed -n 's/^[^A]*Apache Maven \([0-9]*\.[0-9]*\).*/\1/p')
    if [ "$(printf '%s\n' 3.8 "$version" | sort -V | head -n 1)" != 3.8 ]; then
        die "maven is too old: found $version, needed 3.8 or newer; put a newer one first on PATH"
    fi
}

# Maven, saying only warnings and errors. (-q would hide the warning that -Werror stops at.)
maven() {
    MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow" \
        mvn --batch-mode -Dstyle.color=never -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        --file "$root/pom.xml" "$@"
}
