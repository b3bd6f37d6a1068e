"""Many queries in one request: browsers keep six connections to a server, and a dashboard has more panels than that."""
