"""What a regime takes out of app stores: apps and the users of them, by store, publisher and country.

``asking`` goes from files and options to an answer. ``shelves`` makes a row of each app in each storefront, ``judging``
has the regime's own rules judge these rows, ``audience`` reads who uses which app, ``counting`` adds up, ``owners``
asks the same of whose code apps carry, and ``telling`` makes an :class:`~crossline.impact.Impact` of it all.
"""
