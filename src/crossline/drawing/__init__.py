"""Pictures as SVG text: no font, no script and nothing fetched. Colours come from the page, by class.

Every function escapes the text it is given, and gives the picture a name that is read aloud (`aria-label`).
"""
