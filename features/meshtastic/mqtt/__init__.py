"""As much of MQTT 3.1.1 as listening takes, without I/O."""
