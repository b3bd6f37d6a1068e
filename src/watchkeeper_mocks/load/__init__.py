"""How much traffic arrives, and when: curves with exact integrals. Nothing here knows what the traffic does."""
