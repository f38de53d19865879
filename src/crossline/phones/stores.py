"""Which installers are stores. Android tells who installed an app by the installer's own package name.

https://developer.android.com/reference/android/content/pm/InstallSourceInfo#getInstallingPackageName(). A store's name
leads to the party that runs it as any app's does: the world says which. What stands in neither set may be either, and
the channel is left open.
"""

from __future__ import annotations

from typing import Final

STORES: Final = frozenset({
    "app.accrescent.client", "cm.aptoide.pt", "cn.nubia.neostore", "com.amazon.venezia", "com.android.vending",
    "com.apkpure.aegon", "com.aurora.store", "com.baidu.appsearch", "com.bbk.appstore", "com.farsitel.bazaar",
    "com.heytap.market", "com.hihonor.appmarket", "com.huawei.appmarket", "com.lenovo.leos.appstore",
    "com.looker.droidify", "com.machiav3lli.fdroid", "com.meizu.mstore", "com.oppo.market", "com.qihoo.appstore",
    "com.sec.android.app.samsungapps", "com.tencent.android.qqdownloader", "com.uptodown", "com.vivo.appstore",
    "com.xiaomi.market", "com.xiaomi.mipicks", "org.fdroid.basic", "org.fdroid.fdroid", "org.fdroid.fdroid.privileged",
    "ru.vk.store",
    # Apple: DistributorIdentifier of InstalledApplicationListResponse
    "com.apple.appstore",
})  # fmt: skip

# They put a file on the phone that somebody brought: by hand, over a cable, or from another app.
BY_HAND: Final = frozenset({
    "com.android.packageinstaller", "com.android.shell", "com.google.android.packageinstaller",
    "com.miui.packageinstaller", "com.samsung.android.packageinstaller",
})  # fmt: skip
