"""Names of machine code files that tell nothing of whose they are: ``libmain.so``, ``libeffect.so``, ``libhs.so``.

Anybody may call a file so, and many do: that the list of one library names such a file does not show that library.
"""

from __future__ import annotations

import re
from typing import Final

SHORTEST: Final = 4  # characters between "lib" and ".so" from which on a name can be somebody's own
_STEM: Final = re.compile(r"(?:.*/)?(?:lib)?(.*?)(?:\.so[.\d]*)?", re.DOTALL)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Ordinary words, and what programmers call things whoever they are; names of formats, protocols and architectures.
COMMON: Final = frozenset(
    """
    a aac abi access account action ad adapter ads agent ai album alpha analyzer android anim animation anti api app
    application apps arm art assets async audio auth av available background base basic beacon beaconid beauty bg
    binding bitmap bitmaps blur boost bridge bson bucket buffer bug bundle cache call camera canvas capture card chat
    check checker chunk clash class client clipboard cloud code codec collector color common compress config connect
    connection connectionbase content control copy core counter cpp cpu crash crypt crypto css data database datastore
    db debug dec decode decoder deflate detect detection detector dev device devinfo dex dict dl dns download
    downloader drm dump dynamic echo edit editor effect effects emulator enc encode encoder encrypt engine enhance env
    epic error event exec executor ext extension face fast feature ffmpeg file files filter filters fire flexbox font
    free ftp game gif gl glide gpu graphics gray guard handler hash high hook host http httpdns https iconv id identify
    image imagepipeline images img indoor info inject input inspector install int interface invoke io item items jni
    jpeg jpg js json key keyboard kraken lame launcher layout lbs leak lib libs license light link linker linux list
    lite live livestreaming load loader local locate location lock log logger logging login lz lzma mac mace main
    manager map math md media mediacore mem memchunk memory merge message misc mobile model modelcrypto module monitor
    mono mp msg music my native ndk ndkbitmap net network neural node normal notification object ocr open opengl
    openssl opus pack packer parse parser patch path pay pdf perf phone photo pinyin pipe pipeline platform play player
    plugin png pool process processing protect protocol proxy public punctuation push quick quicklogin raw reader
    record recorder reflection register release render renderer report res resource root rtc run runtime
    runtimeexecutor rust safe sample saturn scan scanner screen script sdk search sec secure security securitydevice
    securityenv sensor server service session share shared shell shock sign signer simple skin so socket sonic sound
    spatch speech spell sql sqlite ssl standard start static status stl stream streamer streaming stretch string sum
    super support surface sync sys system table tag task tech test text texture thread threadfix tiff time tls token
    tool toolchecker tools top touch trace tracepath tracer transform tts ui unicode unit update upload usb user util
    utilities utility utils vector version video videodec videoeffect view voice vorbis wake wav web webp webview wind
    window wrap wrapper x xml yaml yuv zip zlib
    """.split()  # noqa: SIM905 - words are read more easily so
)


def common(name: str) -> bool:
    """Whether a file's name is short or made of common words alone, so that it may be anybody's.

    ``lib`` before and ``.so`` behind do not count. What is left is common if it has fewer than :data:`SHORTEST`
    characters, or if all its words are in :data:`COMMON`; words end where a digit, a mark or a capital stands.
    """
    match = _STEM.fullmatch(name)
    stem = match[1] if match else name
    words = _WORD.findall(stem)
    whole = re.sub(r"[^a-z]", "", stem.lower())
    return len(stem) < SHORTEST or whole in COMMON or all(word.lower() in COMMON for word in words) or not whole
