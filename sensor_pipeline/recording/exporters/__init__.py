"""Sessions become files of other programs.

In: a session folder. Out: files. Must not live here: how a session is found, terminal output. Nothing heavy is imported
here: start-up stays fast.
"""
