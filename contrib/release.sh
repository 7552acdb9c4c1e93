#!/usr/bin/env bash
# Makes the files of a release. The same commit and toolchain always give the same bytes:
#
#   contrib/release.sh [FOLDER [PART…]]      FOLDER: default dist; PART: default all of
#     source     swf-VERSION.tar.gz: the committed files
#     linux      swf-VERSION-x86_64-linux.tar.gz: a static program, man pages, completions, units, licences
#     deb, rpm   packages of the same program
#     container  swf-VERSION-x86_64-container.tar: an image (OCI) of the same program
#     windows    swf-VERSION-x86_64-windows.zip
#     sbom       swf-VERSION.cdx.json: what the program is made of (CycloneDX)
#     sums       SHA256SUMS: checksums of all files of this version in the folder
#
# docs/releasing.md says what to do with the files. Runs on Debian and Ubuntu (x86-64).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
mkdir -p "${1:-dist}"
out=$(cd "${1:-dist}" && pwd)
if (($# > 1)); then parts=("${@:2}"); else parts=(source linux deb rpm container windows sbom sums); fi

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -c safe.directory='*' log -1 --format=%ct)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
linux=x86_64-unknown-linux-musl windows=x86_64-pc-windows-gnu
# The files to pack, as they are laid out on the user's disk.
stage=$root/target/stage
umask 022

say() { echo "release: $*" >&2; }

# need PROGRAM HOW: HOW says how to install it.
need() { command -v "$1" >/dev/null || { say "$1 is not installed; run: $2"; return 1; }; }
need_target() {
    [ -d "$(rustc --print sysroot)/lib/rustlib/$1" ] || { say "Rust can't build for $1 yet; run: rustup target add $1"; return 1; }
}

# Reports all missing tools at once.
check_tools() {
    local part missing=0
    for part in "${parts[@]}"; do
        tools_of "$part" || missing=1
    done
    return "$missing"
}

tools_of() {
    local missing=0
    case $1 in
    linux | deb | rpm | container)
        need_target "$linux" || missing=1
        need musl-gcc 'apt-get install musl-tools' || missing=1
        need cargo-about 'cargo install --locked --features cli cargo-about' || missing=1
        ;;
    windows)
        need_target "$windows" || missing=1
        need x86_64-w64-mingw32-gcc 'apt-get install gcc-mingw-w64-x86-64' || missing=1
        need cargo-about 'cargo install --locked --features cli cargo-about' || missing=1
        need zip 'apt-get install zip' || missing=1
        ;;
    sbom) need cargo-cyclonedx 'cargo install --locked cargo-cyclonedx' || missing=1 ;;
    source | sums) ;;
    *) say "unknown part $1; the parts are in the head of contrib/release.sh" && missing=1 ;;
    esac
    case $1 in
    deb) need cargo-deb 'cargo install --locked cargo-deb' || missing=1 ;;
    rpm) need cargo-generate-rpm 'cargo install --locked cargo-generate-rpm' || missing=1 ;;
    container)
        need buildah 'apt-get install buildah' || missing=1
        [ -r "$certificates" ] || { say "$certificates is missing; run: apt-get install ca-certificates"; missing=1; }
        ;;
    esac
    return "$missing"
}
# The container has no certificates of its own.
certificates=/etc/ssl/certs/ca-certificates.crt

# build TARGET: builds the release profile, without symbols and without paths of this computer.
build() {
    local cargo_home=${CARGO_HOME:-$HOME/.cargo}
    say "building for $1"
    CARGO_INCREMENTAL=0 CARGO_PROFILE_RELEASE_STRIP=symbols \
        CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$root=."$'\x1f'"--remap-path-prefix=$cargo_home=cargo" \
        CFLAGS="-ffile-prefix-map=$root=. -ffile-prefix-map=$cargo_home=cargo -ffile-prefix-map=$CARGO_TARGET_DIR=target" \
        cargo build --release --locked --bin swf --target "$1"
}

# Gives every file the date of the commit.
date_all() { find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +; }

# tar_of FOLDER NAME…: writes an archive of these files of the folder, with the same bytes each time.
tar_of() {
    tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu --mtime="@$SOURCE_DATE_EPOCH" -c "${@:2}"
}

# documents FOLDER: installs the documents that each archive and package contains.
documents() {
    install -d "$1/docs" "$1/licenses"
    install -m 644 docs/*.md "$1/docs"
    install -m 644 README.md CHANGELOG.md "$1"
    install -m 644 .env.example "$1/env.example"
    install -m 644 LICENSE-APACHE LICENSE-MIT docs/licenses/* "$1/licenses"
    [ -e "$stage/THIRD-PARTY.txt" ] ||
        cargo about generate --offline --locked --fail -c contrib/package/about.toml contrib/package/third-party.hbs >"$stage/THIRD-PARTY.txt"
    install -m 644 "$stage/THIRD-PARTY.txt" "$1/licenses"
}

# The tree of a package, as Debian and Fedora lay it out.
stage_linux() {
    [ ! -d "$stage/system" ] || return 0
    build "$linux"
    local tree=$stage/system page
    install -D "$CARGO_TARGET_DIR/$linux/release/swf" "$tree/usr/bin/swf"
    install -d "$tree/usr/share/man/man1"
    for page in man/*.1; do gzip -9n <"$page" >"$tree/usr/share/man/man1/${page##*/}.gz"; done
    install -D -m 644 completions/swf.bash "$tree/usr/share/bash-completion/completions/swf"
    install -D -m 644 completions/_swf "$tree/usr/share/zsh/vendor-completions/_swf"
    install -D -m 644 completions/swf.fish "$tree/usr/share/fish/vendor_completions.d/swf.fish"
    install -D -m 644 .env.example "$tree/etc/swf/env.example"
    documents "$tree/usr/share/doc/swf"
    install -d "$tree/usr/lib/systemd/system"
    for page in contrib/systemd/system/*; do
        sed 's#/usr/local/bin/swf#/usr/bin/swf#' "$page" >"$tree/usr/lib/systemd/system/${page##*/}"
    done
    date_all "$tree"
}

pack_source() {
    git -c safe.directory='*' archive --format=tar --prefix="swf-$version/" --mtime="@$SOURCE_DATE_EPOCH" HEAD |
        gzip -9n >"$out/swf-$version.tar.gz"
}

pack_linux() {
    stage_linux
    local name=swf-$version-x86_64-linux
    local folder=$stage/$name
    documents "$folder"
    install "$stage/system/usr/bin/swf" "$folder"
    cp -r man completions contrib/systemd contrib/cron "$folder"
    date_all "$folder"
    tar_of "$stage" "$name" | gzip -9n >"$out/$name.tar.gz"
}

pack_deb() {
    stage_linux
    cargo deb --quiet --no-build --no-strip --locked --target "$linux" --output "$out/swf_${version}_amd64.deb"
}

pack_rpm() {
    stage_linux
    cargo generate-rpm --target "$linux" --source-date "$SOURCE_DATE_EPOCH" --payload-compress xz \
        --output "$out/swf-$version.x86_64.rpm"
}

# The image holds one program, certificates, and an empty folder for the data.
pack_container() {
    stage_linux
    local folder=$stage/container archive=$out/swf-$version-x86_64-container.tar tag=localhost/swf:$version
    install -D "$stage/system/usr/bin/swf" "$folder/swf"
    install -D -m 644 "$certificates" "$folder/ca-certificates.crt"
    install -d "$folder/home" "$folder/system"
    install -d -m 700 "$folder/home/data"
    install -d -m 1777 "$folder/system/tmp"
    documents "$folder/doc"
    date_all "$folder"
    # This driver also works inside a container, where overlay file systems are not available.
    local -x STORAGE_DRIVER=vfs
    buildah bud --quiet --isolation chroot --timestamp "$SOURCE_DATE_EPOCH" \
        --label "org.opencontainers.image.version=$version" \
        --file contrib/container/Containerfile --tag "$tag" "$folder" >/dev/null
    buildah push --quiet "$tag" "oci:$stage/image:$tag"
    buildah rmi "$tag" >/dev/null
    tar_of "$stage/image" blobs index.json oci-layout >"$archive"
}

pack_windows() {
    build "$windows"
    local name=swf-$version-x86_64-windows
    local folder=$stage/$name
    documents "$folder"
    install "$CARGO_TARGET_DIR/$windows/release/swf.exe" "$folder"
    install -D -m 644 -t "$folder/completions" completions/_swf.ps1
    install -D -m 644 -t "$folder/tasks" contrib/windows/*.xml contrib/windows/register.ps1
    date_all "$folder"
    rm -f "$out/$name.zip"
    (cd "$stage" && find "$name" | sort | zip -q -X -9 -@ "$out/$name.zip")
}

pack_sbom() {
    # It writes a file beside each Cargo.toml of the workspace, with the path of this folder in it.
    cargo cyclonedx --quiet --format json --spec-version 1.5 --all --no-build-deps --target "$linux" --override-filename release
    sed "s#$root#/swf#g" release.json >"$out/swf-$version.cdx.json"
    rm -f release.json crates/*/release.json
}

pack_sums() {
    (cd "$out" && find . -maxdepth 1 -type f -name "swf[-_]${version}[-_.]*" -printf '%P\n' | sort | xargs -d '\n' sha256sum >SHA256SUMS)
}

check_tools
rm -rf "$stage"
mkdir -p "$stage"
for part in "${parts[@]}"; do
    say "$part"
    "pack_$part"
done
ls -l "$out" >&2
