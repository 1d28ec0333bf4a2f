"""What lies on disk: sensor specs and sessions, found by name or path.

In: names and folders. Out: specs, listings, sessions. Must not live here: radio, web, printing.
"""
