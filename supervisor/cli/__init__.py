"""The command line: one module per command or group, loaded only when it is used."""
