"""What stands between the network and the routes: who may ask, from where, and what every answer must carry."""
