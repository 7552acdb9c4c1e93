#!/usr/bin/env bash
# Writes the descriptions of a release for Homebrew, Scoop, winget and Nix, from the templates in contrib/:
#
#   contrib/publish.sh REPOSITORY [FOLDER]
#
# REPOSITORY is the address under which the release is published, e.g. https://forge.example/group/swf. FOLDER has the files
# of contrib/release.sh (default dist); the descriptions are written to FOLDER/publish.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
repository=${1%/}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${2:-$here/../dist}"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../Cargo.toml" | head -n 1)

# sum FILE: its checksum, as contrib/release.sh wrote it.
sum() {
    local sum
    sum=$(awk -v file="$1" '$2 == file { print $1 }' SHA256SUMS)
    [ -n "$sum" ] || { echo "publish: $PWD/SHA256SUMS has no $1; run contrib/release.sh first" >&2; return 1; }
    echo "$sum"
}
source_sum=$(sum "swf-$version.tar.gz")
windows_sum=$(sum "swf-$version-x86_64-windows.zip")

fill() {
    mkdir -p "$(dirname "$2")"
    sed -e "s#@REPOSITORY@#$repository#g" -e "s#@VERSION@#$version#g" \
        -e "s#@SHA256_SOURCE@#$source_sum#g" -e "s#@SHA256_WINDOWS@#${windows_sum^^}#g" "$1" >"$2"
    ! grep -n '@[A-Z_0-9]*@' "$2" || { echo "publish: $2 has a gap" >&2; return 1; }
}
fill "$here/publish/swf.rb" publish/homebrew/swf.rb
fill "$here/publish/scoop.json" publish/scoop/swf.json
fill "$here/nix/flake.nix" publish/nix/flake.nix
for file in "$here"/publish/winget/*; do fill "$file" "publish/winget/${file##*/}"; done
find publish -type f | sort
