"""Who someone is: accounts, passwords, sessions and the brake on guessing. Knows nothing of HTTP."""
