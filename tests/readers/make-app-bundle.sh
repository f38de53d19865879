#!/bin/sh
# Make tests/readers/bundle/example.aab, an Android App Bundle of a base and a feature, as Google's tools lay one out.
#
# aapt2 compiles resources in two languages and links them with the manifests, as protocol buffers; jarsigner signs.
# Debian 12: apt-get install aapt android-framework-res default-jdk-headless zip.   sh tests/readers/make-app-bundle.sh
set -eu
here=$(realpath "$(dirname "$0")")
out=$here/bundle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
framework=/usr/share/android-framework-res/framework-res.apk

mkdir -p res/values res/values-de feature/res/values
cat >res/values/strings.xml <<XML
<resources>
  <string name="app_name">Example</string>
  <string name="home">https://bundle.acme-home.com</string>
  <string name="prose">ask at acme-prose.com for more</string>
  <string name="bare">bare.acme-bare.com</string>
  <string-array name="mirrors"><item>https://one.acme-mirrors.com</item><item>https://two.acme-mirrors.com</item></string-array>
  <plurals name="found"><item quantity="one">https://one.acme-plural.com</item><item quantity="other">%d</item></plurals>
</resources>
XML
cat >res/values-de/strings.xml <<XML
<resources><string name="app_name">Beispiel</string><string name="home">https://bundle.acme-heim.com</string></resources>
XML
cat >manifest.xml <<XML
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="com.acme.Bundle"
    android:versionCode="41" android:versionName="4.1">
  <uses-sdk android:minSdkVersion="24" android:targetSdkVersion="33"/>
  <uses-permission android:name="android.permission.INTERNET"/>
  <uses-permission-sdk-23 android:name="android.permission.CAMERA"/>
  <application android:label="@string/app_name" android:name=".App">
    <activity android:name=".Main" android:exported="true"/>
    <activity-alias android:name=".Alias" android:targetActivity=".Main" android:exported="false"/>
    <service android:name="com.acme.other.Sync" android:permission="com.acme.SYNC"/>
  </application>
</manifest>
XML
cat >feature/manifest.xml <<XML
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="com.acme.Bundle" split="extra"
    android:versionCode="41">
  <uses-sdk android:minSdkVersion="24"/>
  <uses-permission android:name="android.permission.VIBRATE"/>
  <application><activity android:name="com.acme.extra.Extra"/></application>
</manifest>
XML
echo '<resources><string name="extra_name">x</string></resources>' >feature/res/values/strings.xml

linked() { # folder of the module, of its manifest and resources, more options
    module=$1 from=$2
    shift 2
    aapt2 compile --dir "$from/res" -o "$module.zip"
    aapt2 link --proto-format -I "$framework" --manifest "$from/manifest.xml" -o "$module.apk" "$@" "$module.zip"
    mkdir -p "bundle/$module/manifest" "bundle/$module/dex"
    (cd "bundle/$module" && unzip -qo "$work/$module.apk" && mv AndroidManifest.xml manifest/)
}
linked base . --auto-add-overlay
linked extra feature --package-id 0x80 --allow-reserved-package-id

# Code: files of classes as tests write them.
PYTHONPATH=$here python3 - <<PY
from apk_samples import dex
open("bundle/base/dex/classes.dex", "wb").write(
    dex(["Lcom/acme/Bundle/App;", "Lcom/acme/Bundle/Main;", "Lcom/acme/other/Sync;"], strings=["https://api.acme-code.com/v1"]))
open("bundle/extra/dex/classes.dex", "wb").write(
    dex(["Lcom/acme/extra/Extra;"], strings=["https://api.acme-extra.com/v1"]))
open("bundle/BundleConfig.pb", "wb").write(b"\x0a\x08\x0a\x061.15.6")
PY
mkdir -p bundle/base/lib/arm64-v8a
printf '\177ELF https://native.acme-native.com/ ' >bundle/base/lib/arm64-v8a/libacme.so
# What aapt2 itself says of the manifests.
aapt2 dump xmltree --file AndroidManifest.xml base.apk >"$out/base.xmltree.txt"
(cd bundle && find . -type f | sed 's|^\./||' | sort | zip -q -X -9 "$work/example.aab" -@)
keytool -genkeypair -keystore keys -storepass not-a-secret -keypass not-a-secret -alias a -keyalg EC -validity 3650 \
    -dname "CN=Upload, O=Example GmbH" 2>/dev/null
jarsigner -keystore keys -storepass not-a-secret example.aab a >/dev/null
cp example.aab "$out/example.aab"
keytool -printcert -jarfile example.aab >"$out/signer.txt"
ls -l "$out"
