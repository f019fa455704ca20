# Finds a Java 25. Read by bin/colonnade and, in a checkout, by the scripts.
#
# find_java_25 TOOL prints a home whose bin/TOOL is Java 25, or explains on standard error what to do and fails.
# A home named by COLONNADE_JAVA_HOME is taken or refused; JAVA_HOME, PATH and the usual places are tried in turn.

java_feature_version() {
    # Reading the release file costs a millisecond; starting a JVM to ask costs forty.
    if [ -r "$1/release" ]; then
        sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
    else
        "$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p'
    fi
}

is_java_25() {
    [ -n "$1" ] && [ -x "$1/bin/$2" ] && [ "$(java_feature_version "$1")" = 25 ]
}

find_java_25() {
    tool=$1
    if [ -n "${COLONNADE_JAVA_HOME:-}" ]; then
        if is_java_25 "$COLONNADE_JAVA_HOME" "$tool"; then
            printf '%s\n' "$COLONNADE_JAVA_HOME"
            return 0
        fi
        echo "colonnade: not a Java 25 with bin/$tool: COLONNADE_JAVA_HOME=$COLONNADE_JAVA_HOME" >&2
        return 1
    fi
    seen=
    on_path=$(command -v "$tool" 2>/dev/null || :)
    if [ -n "$on_path" ]; then
        on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    fi
    for home in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /opt/java/* /opt/jdk*; do
        [ -n "$home" ] && [ -x "$home/bin/java" ] || continue
        if is_java_25 "$home" "$tool"; then
            printf '%s\n' "$home"
            return 0
        fi
        seen="$seen
  $home (Java $(java_feature_version "$home"))"
    done
    {
        echo "colonnade: no Java 25 found (looked for bin/$tool)"
        [ -z "$seen" ] || echo "these will not do:$seen"
        echo "install a JDK 25, for example Debian's openjdk-25-jdk-headless or Eclipse Temurin 25,"
        echo "or set COLONNADE_JAVA_HOME to where one is"
    } >&2
    return 1
}
