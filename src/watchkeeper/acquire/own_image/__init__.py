"""What Watchkeeper's own container image is built from, besides the packages that run here."""
