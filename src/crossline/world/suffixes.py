"""Domains under which others are given names: what is known of such a domain says nothing of the hosts below it.

Two sorts. Under ``co.uk`` or ``com.cn`` a registry registers names for all (RFC 9499, 9, "public suffix"): they are
known by their form, a word that registries use (:data:`WORDS`) below a country's code. Under ``github.io`` or
``cloudfront.net`` a company gives names to its customers (:data:`GIVEN_OUT`): it runs the machine, and somebody else
what answers there. To take such a host for the company's own would acquit whoever stands behind it.

docs/decisions/0007-public-suffixes.md says how the table was made, and why no package brings it.
"""

from __future__ import annotations

from typing import Final

import polars as pl

# Second-level words of the registries of countries' codes; each registry has some of them.
WORDS: Final = ("ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "mil", "ne", "net", "or", "org")
_REGISTRY: Final = rf"^(?:{'|'.join(WORDS)})\.[a-z]{{2}}$"

GIVEN_OUT: Final = frozenset(  # one name beside another, for nobody reads two hundred lines
    """
    in.th
    cloudapp.azure.com fandom.com gitee.io googleusercontent.com lofter.com medium.com sharepoint.com tumblr.com
    wordpress.com zendesk.com
    1cooldns.com 3utilities.com accesscam.org adobeaemcloud.com adobeaemcloud.net ai.studio akadns.net akamai.net
    akamai-staging.net akamaiedge.net akamaihd.net akamaihd-staging.net akamaized.net akamaized-staging.net
    aliyuncs.com amazonaws.com amazonaws.com.cn amazoncognito.com amplifyapp.com apps.fbsbx.com appspot.com
    atlassian-dev.net atmeta.com awsapprunner.com awsapps.com awsglobalaccelerator.com azure-api.net azure-mobile.net
    azurecontainer.io azureedge.net azurefd.net azurestaticapps.net azurewebsites.net bcebos.com bitbucket.io
    blogspot.com blogsyte.com bounceme.net brasilia.me bumbleshrimp.com cable-modem.org camdvr.org casacam.net
    cdn77.org cf-ipfs.com chatgpt.site ciscofreak.com claudeusercontent.com clouddn.com cloudapp.net
    cloudflare-ipfs.com cloudflare.app cloudflare.net cloudflareanycast.net cloudflarecn.net cloudflareglobal.net
    cloudfront.net cloudfunctions.net cloudns.nz cloudns.ph codeberg.page codespot.com collegefan.org
    core.windows.net couchpotatofries.org damnserver.com ddns.me ddns.net ddnsfree.com ddnsgeek.com ddnsguru.com
    ddnsking.com digitaloceanspaces.com discordsays.com discourse.group diskstation.me ditchyourip.com dnsfor.me
    dnsiskinky.com dscloud.biz dscloud.me dscloud.mobi dsmynas.com dsmynas.net dsmynas.org dvrcam.info dynns.com
    dynuddns.com dynuddns.net eating-organic.net edgekey.net edgesuite.net elasticbeanstalk.com familyds.com
    familyds.net familyds.org fantasyleague.cc fastly-edge.com fastly-terrarium.com fastly.net fastlylb.net
    fedorainfracloud.org fedorapeople.org firebaseapp.com firebaseio.com fly.dev framer.website framercanvas.com
    freeddns.org gateway.dev geekgalaxy.com giize.com gitbook.io github.io githubpreview.dev githubusercontent.com
    gitlab.io gleeze.com golffan.us googlecode.com gotdns.ch health-carereform.com heiyu.space herokuapp.com
    hf.space homesecuritymac.com homesecuritypc.com hopto.me hopto.org i234.me ilovecollege.info kozow.com
    loginto.me loseyourip.com mlbfan.org mmafan.biz myactivedirectory.com mycloudnas.com mydissent.net myds.me
    myeffect.net myftp.biz myftp.org myhuaweicloud.com mymediapc.net mynetname.net mypsx.net myqcloud.com
    myqnapcloud.cn myqnapcloud.com mysecuritycamera.com mysecuritycamera.net mysecuritycamera.org myshopify.com
    mysynology.net myvnc.com mywire.org ncloud.com net-freaks.com netlify.app nflfan.org ngrok-free.app
    ngrok-free.dev ngrok.app ngrok.dev ngrok.io ngrok.pizza ngrok.pro nhlfan.net notion.site now.sh
    oaiusercontent.com onthewifi.com ooguy.com pages.dev pgafan.net point2this.com pointto.us
    privatizehealthinsurance.net quickconnect.cn quickconnect.to quicksytes.com quipelements.com r2.dev
    read-books.org readthedocs-hosted.com readthedocs.io redirectme.net run.app sagemaker.com.cn
    securitytactics.com servebeer.com serveblog.net servecounterstrike.com serveexchange.com serveftp.com
    servegame.com servehalflife.com servehttp.com servehumour.com serveirc.com serveminecraft.net servemp3.com
    servep2p.com servepics.com servequake.com servesarcasm.com servicebus.windows.net sinaapp.com
    storage.googleapis.com stufftoread.com synology.me sytes.net theworkpc.com toolforge.org trafficmanager.net
    trycloudflare.com ts.net ufcfan.org unusualperson.com vercel.app vercel.dev web.app webhop.me webredirect.org
    windsurf.build wixsite.com wmcloud.org wmflabs.org workers.dev workisboring.com yandexcloud.net zapto.org
    ztna-dingtalk.com
    """.split()  # noqa: SIM905 - as above
)
DEEPEST: Final = max(name.count(".") for name in GIVEN_OUT)  # dots in a name of the table


def given_out(name: pl.Expr) -> pl.Expr:
    """Say of each domain whether names under it are given to others. ``name`` is canonical; the answer is boolean."""
    return name.is_in(sorted(GIVEN_OUT)) | name.str.contains(_REGISTRY)


def above(name: str) -> str | None:
    """Return the nearest domain above a name, or the name itself, under which names are given to others."""
    labels = name.split(".")
    names = pl.DataFrame({"name": [".".join(labels[at:]) for at in range(len(labels) - 1)]}, schema={"name": pl.String})
    found: list[str] = names.filter(given_out(pl.col("name")))["name"].to_list()
    return found[0] if found else None
