"""Log lines: their text, their place on disk, and reading them back.

Standard library only: the command line reads logs without loading anything else.
"""
