"""From load and incidents to what flows through the pretend application: requests by outcome, queries, messages, calls."""
