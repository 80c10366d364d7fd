"""The station: alerts, zones, users and groups; what workflows see and act on."""
