"""The console: the session on pages that this computer serves, to the coach and to phones around.

What is here is imported only where a console is asked for. It decides no result and calls nobody:
it shows the `Snapshot` that every screen shows, and says the same commands that every key says.
"""
