"""Words of this feature that several processes share."""
