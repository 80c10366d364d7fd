"""What the control socket can ask of the station."""
