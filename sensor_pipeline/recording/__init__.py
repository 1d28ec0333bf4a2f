"""Sessions on disk: journal, session files, recover, replay.

In: records from a live source or an importer. Out: a session folder that explains itself. Must not live here: radio,
signal processing, terminal or page output. Nothing is imported here: start-up stays fast.
"""
