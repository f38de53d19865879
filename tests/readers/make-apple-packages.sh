#!/bin/sh
# Make the files in tests/readers/apple: packages of Apple's apps, and what other programs say of what is in them.
#
# clang and lld make real programs for devices, simulators and watches, without Apple's headers; openssl makes the
# signed messages; apple_writer.py makes code signatures, encrypts, and packs.
# Debian 12: apt-get install clang lld llvm openssl python3.   sh tests/readers/make-apple-packages.sh
set -eu
here=$(realpath "$(dirname "$0")")
out=$here/apple
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

built() { # name, target, architecture, platform, version, source, more options of the linker
    name=$1 target=$2 arch=$3 platform=$4 version=$5 source=$6
    shift 6
    clang -target "$target" -O1 -c "$out/$source" -o "$name.o"
    ld64.lld-14 -arch "$arch" -platform_version "$platform" "$version" "$version" -undefined dynamic_lookup \
        -adhoc_codesign "$@" "$name.o" "$out/libobjc.tbd" -o "$name"
}
built device arm64-apple-ios14.0 arm64 ios 14.0 app.m -e _main
built simulator x86_64-apple-ios14.0-simulator x86_64 ios-simulator 14.0 app.m -e _main
built watch arm64_32-apple-watchos7.0 arm64_32 watchos 7.0 app.m -e _main
built library arm64-apple-ios14.0 arm64 ios 14.0 library.m -dylib -install_name @rpath/Acme.framework/Acme \
    -encryptable
built sdks arm64-apple-ios14.0 arm64 ios 14.0 sdks.m -e _main
built sdks_library arm64-apple-ios14.0 arm64 ios 14.0 sdks_library.m -dylib \
    -install_name @rpath/BUAdSDK.framework/BUAdSDK -encryptable

days="-days 3650"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem $days \
    -subj "/C=DE/O=Example Authority/CN=Example Root" 2>openssl.log
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout leaf.key -out leaf.csr \
    -subj "/UID=ABCDE12345/CN=Apple Distribution: Example GmbH (ABCDE12345)/OU=ABCDE12345/O=Example GmbH/C=DE" 2>>openssl.log
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem $days 2>>openssl.log

PYTHONPATH=$here python3 "$here/apple_writer.py" "$work" "$out"
# What other programs say.
openssl x509 -in leaf.pem -noout -fingerprint -sha256 >"$out/leaf.txt"
for name in device library; do
    llvm-objdump --macho --objc-meta-data "$name" >"$out/$name.objdump.txt"
done
llvm-nm --extern-only sdks sdks_library >"$out/sdks.nm.txt"
ls -l "$out"
