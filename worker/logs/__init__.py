"""Logs of a worker: JSON lines into its own pipe, without ever waiting for the reader.

`bound` is what code logs with, `records` the format, `pipe` the writer, `printing` what `print`
becomes, `capture` puts them together for a process.  The other end of the pipe is the
supervisor's: it prefixes, files and rotates.
"""
