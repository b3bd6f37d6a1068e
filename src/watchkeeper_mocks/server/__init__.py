"""The HTTP side: what is asked (pure routing and answers) and the sockets it comes in on."""
