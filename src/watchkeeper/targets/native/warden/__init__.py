"""The warden: a small process that keeps the others honest. Light imports only; it runs as long as the stack does."""
