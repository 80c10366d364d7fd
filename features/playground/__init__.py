"""The local mesh server to try a fleet on."""
