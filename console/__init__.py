"""The console: the HTTP API and the web pages, as a process of its own.

`__main__` is the process, `app` what it serves.  It knows no feature: each brings its routes
(`routing`), and one of them knows the operators (`identity`).  Reads come from connections that
cannot write (`database`) and from the supervisor, changes go to the supervisor (`control`), each
in the name of who asks.
"""
