"""Errors of system calls, injected into commands by the kernel: see `tests.injection.__main__`."""
