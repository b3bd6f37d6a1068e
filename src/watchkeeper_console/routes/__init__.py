"""What can be asked for. Judging who asks is ``border``'s work, and is done before."""
