"""From the body of a push to rows worth keeping: decode, check against limits, name the service, tell the level."""
