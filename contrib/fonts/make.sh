#!/usr/bin/env bash
# Makes the fonts in src/card/fonts again, as subsets of the fonts in these packages.
#   Debian   fonts-noto-core 20201225-1     Noto Sans, Arabic, Math, Symbols (SIL OFL 1.1)
#   npm      twemoji-colr-font 15.0.3       Twemoji as a COLR font (SIL OFL 1.1; pictures CC BY 4.0)
#   PyPI     fonttools 4.68.0, brotli 1.2.1 the program that makes subsets
# Needs apt-get, dpkg-deb, npm and python3 with venv. Run: contrib/fonts/make.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out="$PWD/src/card/fonts"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=0

(cd "$work" && apt-get download fonts-noto-core=20201225-1 && dpkg-deb -x fonts-noto-core_*.deb noto)
(cd "$work" && npm pack --silent twemoji-colr-font@15.0.3 && tar -xzf twemoji-colr-font-*.tgz)
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet fonttools==4.68.0 brotli==1.2.1

noto="$work/noto/usr/share/fonts/truetype/noto"
# Names in Latin, Greek and Cyrillic letters, and the letters that people decorate them with.
text=0020-007E,00A0-052F,1C80-1C8F,1D00-1DBF,1E00-1FFF,2000-206F,2070-209F,20A0-20C0,2100-214F,2C60-2C7F,2DE0-2DFF,A640-A69F,A720-A7FF,AB30-AB6F
# Bold text: titles, times, and the names of the first three. Other letters of a bold name are regular.
bold=0020-007E,00A0-024F,0259,02B0-02DD,0300-0304,0306-030C,0327-0328,0370-052F,1E00-1EFF,2000-206F,20A0-20C0,2116,2122
arabic=0020,0600-06FF,0750-077F,08A0-08FF,200C-200F,FB50-FDFF,FE70-FEFF
math=2190-22FF,25A0-25FF,27C0-27EF,2900-297F,2A00-2AFF,1D400-1D7FF
enclosed=2460-24FF,1F100-1F16C
symbols=2600-27BF,2B00-2BFF,1F650-1F67F

subset() { # FROM TO UNICODES OPTIONS…
    "$work/venv/bin/pyftsubset" "$1" --output-file="$work/subset.ttf" --unicodes="$3" \
        --no-hinting --desubroutinize --notdef-outline --name-IDs=0,1,2,4,6,7,13,14 --drop-tables+=DSIG,FFTM "${@:4}"
    python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.compress(open(sys.argv[1], "rb").read(), 9))' \
        "$work/subset.ttf" >"$out/$2.ttf.zlib"
}
few=--layout-features=ccmp,kern,locl,mark,mkmk
subset "$noto/NotoSans-Regular.ttf" noto-sans-regular "$text" "$few"
subset "$noto/NotoSans-Bold.ttf" noto-sans-bold "$bold" "$few"
subset "$noto/NotoSansArabic-Regular.ttf" noto-sans-arabic "$arabic"
subset "$noto/NotoSansMath-Regular.ttf" noto-sans-math "$math" --layout-features=
subset "$noto/NotoSansSymbols-Regular.ttf" noto-sans-symbols "$enclosed" --layout-features=
subset "$noto/NotoSansSymbols2-Regular.ttf" noto-sans-symbols2 "$symbols" --layout-features=
# The whole font, because most glyphs are parts of sequences.
"$work/venv/bin/fonttools" ttLib.woff2 decompress -o "$work/twemoji.ttf" "$work/package/twemoji.woff2" 2>/dev/null
subset "$work/twemoji.ttf" twemoji '*' '--layout-features=*'
ls -l "$out"
