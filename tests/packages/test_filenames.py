"""Names of machine code files: which may be anybody's."""

from __future__ import annotations

import pytest

from crossline.packages.filenames import COMMON, common


@pytest.mark.parametrize(
    "name",
    [
        "libeffect.so", "libeffect_proxy.so", "libnms.so", "libflexbox.so", "libhttpdns.so", "libhs.so",
        "libutility.so",
        "libmain.so", "libdevinfo.so",
        "libsqlite3.so", "libion.so", "libsigner.so", "libvad.so", "libapp.so",
        "libNativeAudio.so", "libmp3decoder.so", "libx86.so", "lib/x86/libcore.so", "libffmpeg.so.58",
        "lib.so", "42.so",
    ],
)  # fmt: skip
def test_short_and_common_names_are_anybodys(name: str) -> None:
    """Names that reviewers found in apps of others than the one a list files them under, and their like."""
    assert common(name)


@pytest.mark.parametrize(
    "name",
    [
        "libBugly.so", "libflutter.so", "libunity.so", "libjiagu.so", "libijkplayer.so", "libweibosdkcore.so",
        "libtersafe2.so", "libreactnative.so", "libacmemain.so", "libagora-core.so", "libsgmain.so",
    ],
)  # fmt: skip
def test_a_name_with_a_word_of_its_own_is_somebodys(name: str) -> None:
    """One word that is not common makes a name distinct."""
    assert not common(name)


def test_no_maker_is_a_common_word() -> None:
    """The words are small letters, and none is the name of a maker or of a library that one is known by."""
    assert all(word.isascii() and word.isalpha() and word.islower() for word in COMMON)
    assert COMMON.isdisjoint(
        {"bugly", "flutter", "unity", "agora", "baidu", "umeng", "alipay", "react", "jiagu", "weibo"}
    )
