"""The stack as containers of a Docker engine on this machine, driven through Docker Compose."""
