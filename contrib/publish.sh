#!/usr/bin/env bash
# Writes the files for publishing a release: the installer, the text of its page, and the descriptions for Homebrew, Scoop,
# winget and Nix. It fills in the templates in contrib/ and docs/releases/:
#
#   contrib/publish.sh [FOLDER [REPOSITORY]]
#
# FOLDER has the files of contrib/release.sh (default dist); the result is in FOLDER/publish. REPOSITORY is the address
# at which the release is published (default: `repository` in Cargo.toml), e.g. https://forge.org/group/swf.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=${2:-$(sed -n 's/^repository = "\(.*\)"$/\1/p' "$here/../Cargo.toml")}
repository=${repository%/}
case $repository in
*.example | *.example/*)
    echo "publish: $repository is no address; set repository and homepage in Cargo.toml, or name it: contrib/publish.sh dist ADDRESS" >&2
    exit 2
    ;;
esac
cd "${1:-$here/../dist}"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../Cargo.toml" | head -n 1)

# sum FILE: prints the file's checksum, as contrib/release.sh wrote it.
sum() {
    local sum
    sum=$(awk -v file="$1" '$2 == file { print $1 }' SHA256SUMS)
    [ -n "$sum" ] || { echo "publish: $PWD/SHA256SUMS has no $1; run contrib/release.sh first" >&2; return 1; }
    echo "$sum"
}
source_sum=$(sum "swf-$version.tar.gz")
linux_sum=$(sum "swf-$version-x86_64-linux.tar.gz")
windows_sum=$(sum "swf-$version-x86_64-windows.zip")

fill() {
    mkdir -p "$(dirname "$2")"
    sed -e "s#@REPOSITORY@#$repository#g" -e "s#@VERSION@#$version#g" \
        -e "s#@SHA256_SOURCE@#$source_sum#g" -e "s#@SHA256_LINUX@#$linux_sum#g" -e "s#@SHA256_WINDOWS@#${windows_sum^^}#g" "$1" >"$2"
    ! grep -n '@[A-Z_0-9]*@' "$2" || { echo "publish: $2 has a gap" >&2; return 1; }
}
fill "$here/publish/install.sh" publish/install.sh
chmod 755 publish/install.sh
# shellcheck disable=SC2016
printf '\nOn Linux, in one line, without root: it downloads the program, checks it, and puts it into `~/.local/bin`.\n\n    %s\n' \
    "$(sed -n 's/^#   \(curl .*\)$/\1/p' publish/install.sh)" >publish/line
sed '/^## Install$/r publish/line' "$here/../docs/releases/$version.md" >publish/notes.md
rm publish/line
fill "$here/publish/swf.rb" publish/homebrew/swf.rb
fill "$here/publish/scoop.json" publish/scoop/swf.json
fill "$here/nix/flake.nix" publish/nix/flake.nix
for file in "$here"/publish/winget/*; do fill "$file" "publish/winget/${file##*/}"; done
find publish -type f | sort
