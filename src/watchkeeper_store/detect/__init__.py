"""What is in lines that nobody has described: their fields with types, and which labels are worth showing."""
