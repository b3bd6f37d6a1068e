"""What must outlive the processes: secrets, and later backups, certificates and capacity."""
