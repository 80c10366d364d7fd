"""The control socket: the one door through which the command line and the console come in."""
