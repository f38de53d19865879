"""What readers of phones share, whatever the format: from columns of installed apps to assets.

Three kinds come of them: ``app``, one for each app that some phone has; ``offering``, one for each app and whoever
hands it out, a store or the maker that puts it on its phones; and ``device``, one for each make and model. Who carries
which phone is nowhere among them: phones are numbered while a file is read, and only counts are kept.

``documents`` opens files within limits, ``naming`` brings names to their one form, ``stores`` knows which installers
are stores, and ``installed`` makes the assets.
"""
