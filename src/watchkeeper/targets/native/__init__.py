"""The stack as bare processes of this machine under supervisor. Kept free of imports: the warden starts through here."""
