#!/bin/sh
# Installs swf @VERSION@ on Linux, without root:
#
#   curl -fsSL @REPOSITORY@/releases/download/v@VERSION@/install.sh | sh
#
# It downloads the program, checks its checksum, and puts it into ~/.local/bin, or into /usr/local/bin if you are root. To
# use another folder, set BINDIR. Nothing else is changed. contrib/publish.sh fills in the names between @.
set -eu

fail() {
    echo "install: $1" >&2
    exit 1
}

fetch() {
    if command -v curl >/dev/null; then
        curl -fsSL --output "$2" "$1"
    elif command -v wget >/dev/null; then
        wget -q -O "$2" "$1"
    else
        fail "curl and wget are both missing; install one of them"
    fi
}

# All of it is in a function, so that an incomplete download of this file runs nothing.
main() {
    umask 022
    case "$(uname -s) $(uname -m)" in
    'Linux x86_64' | 'Linux amd64') name=swf-@VERSION@-x86_64-linux ;;
    *) fail "there is no program for $(uname -s) on $(uname -m); build it from the source: @REPOSITORY@" ;;
    esac
    if [ "$(id -u)" -eq 0 ]; then default=/usr/local/bin; else default=${HOME:?}/.local/bin; fi
    to=${BINDIR:-$default}

    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    url=@REPOSITORY@/releases/download/v@VERSION@/$name.tar.gz
    fetch "$url" "$work/$name.tar.gz" || fail "$url can't be downloaded; check the network, and try again"
    cd "$work"
    echo "@SHA256_LINUX@  $name.tar.gz" | sha256sum -c - >/dev/null 2>&1 ||
        fail "$url is not the file that was released: its checksum is wrong; nothing was installed"
    tar -xzf "$name.tar.gz"

    mkdir -p "$to" || fail "$to can't be made; name another folder with BINDIR"
    # A running swf keeps its old file. The rename replaces the program in one step.
    if ! { cp "$name/swf" "$to/.swf.new" && chmod 755 "$to/.swf.new" && mv -f "$to/.swf.new" "$to/swf"; }; then
        fail "$to can't be written; name another folder with BINDIR"
    fi
    echo "swf @VERSION@ is installed: $to/swf"
    case ":$PATH:" in
    *":$to:"*) echo "Next, run: swf init" ;;
    *) echo "$to is not in your PATH: open a new terminal, or type the whole name. Next, run: $to/swf init" ;;
    esac
}

main
