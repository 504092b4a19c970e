"""What the protocols of all designs share."""
