"""The live page: a local server and the page that a person sees and hears while lunging.

In: the engine's events. Out: a page on this computer, or on a phone in the same network. Must not live here: anything
that feeds back into a session, but for what a person asks for with a button.
"""
