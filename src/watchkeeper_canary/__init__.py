"""The platform's own test subject: an alert condition that can be switched, and a receiver that keeps receipts.

``verify`` switches the condition on and reads here when the notification arrived; notifications without any other
receiver end here too, so that a default installation never sends alerts to nowhere. Standard library only: this
process must cost next to nothing.
"""
