"""Files of other programs (and our own tables) become sessions.

In: a path and what the person stated. Out: checked samples, a session. Must not live here: radio, terminal output.
Nothing heavy is imported here: start-up stays fast.
"""
