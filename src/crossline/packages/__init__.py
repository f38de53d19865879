"""Packages of apps as they lie on a disk: archives, dex files, hosts in bytes, manifests, and signs of a packer.

Nothing here knows of assets or ties: the readers of packages stand on it. ``archive`` opens what a zip file holds,
as Android reads it; ``dex`` says which classes a dex file defines and which it only refers to; ``hosts`` finds the
hosts that bytes name; ``manifest`` asks apk-info who an app is and whose certificates it carries; ``packing`` reports
what speaks for a packer. ``bundle_manifest`` and ``resource_table`` read an Android App Bundle's, by ``protobuf``. Of
Apple's packages ``macho`` reads programs, ``code_signature`` and ``cms`` whose they are, ``plist`` their lists.
``libraries`` tells libraries by signatures, ``spending`` holds what may still be spent on a file, and ``head`` is what
a claim looks at. No length in a file is trusted, and each module states what it spends at most.
"""
