"""What a catalogue says of an app's author, and how much of it may be kept.

Many authors are natural persons. Their names and addresses lead to no party that a list names, and have no place in
a report. So a name is kept where a word in it tells an organisation by its legal form, and the host of a web site
where it is the author's own and the author's name has not the form of a person's. What this errs in is left unknown.
"""

from __future__ import annotations

import re
from typing import Final

from crossline.identifiers import domain
from crossline.identifiers.vendor import is_organisation

_URL: Final = re.compile(
    r"(?:[a-z][a-z0-9+.-]{0,20}://)?(?:[^/?#@\s]*@)?([^/?#:@\s\[\]]+)(?::[0-9]{1,5})?(?:[/?#:](.*))?", re.IGNORECASE
)
# Of these, a page or a name below is one user's, and the host's holder is somebody else.
_OF_MANY: Final = frozenset(
    """
    about.me altervista.org android.googlesource.com apps.apple.com archive.org bandcamp.com bilibili.com bit.ly
    bitbucket.io bitbucket.org blogger.com blogspot.com bsky.app buymeacoffee.com carrd.co code.google.com
    codeberg.org codeberg.page deno.dev dev.to discord.gg docs.google.com drive.google.com duckdns.org
    f-droid.org facebook.com firebaseapp.com fly.dev fosstodon.org framagit.org framer.website free.fr
    gitbook.io gitea.com gitee.com github.com github.io githubusercontent.com gitlab.com gitlab.io gitorious.org
    goo.gl gravatar.com hackaday.io hashnode.dev herokuapp.com home.blog homepage.t-online.de
    infinityfreeapp.com instagram.com instructables.com is-a.dev itch.io js.org keybase.io ko-fi.com
    launchpad.net liberapay.com linkedin.com linktr.ee livejournal.com mastodon.social matrix.to medium.com
    meetup.com neocities.org netlify.app netlify.com no-ip.org notabug.org notion.site ogp.me onrender.com
    opencollective.com pages.dev pages.gitlab.io patreon.com pinterest.com play.google.com plus.google.com
    r2.dev readthedocs.io reddit.com repl.co replit.app s3.amazonaws.com savannah.gnu.org savannah.nongnu.org
    sites.google.com softwareheritage.org sourceforge.io sourceforge.net sr.ht srht.site stackoverflow.com
    steamcommunity.com substack.com surge.sh t.me telegram.me threads.net tiktok.com tistory.com toptal.com
    tumblr.com tuxfamily.org twitch.tv twitter.com user.qzone.qq.com vercel.app vk.com web.app webflow.io
    weebly.com weibo.com wikidot.com wixsite.com wordpress.com workers.dev x.com xda-developers.com youtu.be
    youtube.com zhihu.com
    """.split()  # noqa: SIM905 - words read better as words
)
_USERS_PAGE: Final = re.compile(r"~|@|u(?:ser)?s?/|people/|members?/|author/|profiles?/", re.IGNORECASE)

# Words that persons' names do not have, though a person may call a one-man workshop so.
_COLLECTIVE: Final = frozenset(
    """
    & alliance and app apps club collective community consortium contributors cooperative council department
    developers devs digital family federation focus for free games group guild hackerspace initiative lab
    laboratory labs league media mobile network networks news of office open org organisation organization party
    press project projects publications publishing research science security services society software solutions
    source studio studios systems team teams tech technologies technology the tools union web works workshop
    """.split()  # noqa: SIM905 - as above
)
_STRIPPED: Final = ".,;:()[]\"'"


def host(url: str) -> tuple[str, str] | None:
    """Return the host of a web address as a domain name without ``www.``, and what follows it; None for no such name.

    What is wrong with it is not said: a person's name or e-mail address stands there at times.
    """
    match = _URL.fullmatch(url.strip()[:2000])
    if not match:
        return None
    try:
        name = domain.parse(match[1])
    except ValueError:
        return None
    return name.removeprefix("www.") if name.count(".") > 1 else name, match[2] or ""


def of_many(name: str) -> str | None:
    """Return the host of many users that a name is, or lies below; None if it is none that is known."""
    labels = name.split(".")
    return next((whole for n in range(len(labels) - 1) if (whole := ".".join(labels[n:])) in _OF_MANY), None)


def own_domain(url: str, author: str | None) -> tuple[str | None, str | None]:
    """Return the domain of an author's own web site, or why there is none that is kept; both None for no address."""
    found = host(url)
    if found is None or "@" in url.partition("/")[0]:  # an e-mail address, which may be a person's
        return None, None
    name, below = found
    if of_many(name) or _USERS_PAGE.match(below):
        return None, "the author's web site is a page on somebody else's host"
    if author and is_like_a_person(author):
        return None, "the author is named as a person may be; such a one's web site is not kept"
    return name, None


def source_host(url: str, author: str | None) -> str | None:
    """Return the host of source code: one of many users as that host, and none that may be a person's own."""
    found = host(url)
    if found is None:
        return None
    return of_many(found[0]) or (None if author and is_like_a_person(author) else found[0])


def is_like_a_person(author: str) -> bool:
    """Return whether a name has the form of a natural person's: two to five words, none of which tells a group."""
    words = [word.strip(_STRIPPED).casefold() for word in re.split(r"[\s_]+", author.strip())]
    return 2 <= len(words) <= 5 and not is_organisation(author) and _COLLECTIVE.isdisjoint(words)
