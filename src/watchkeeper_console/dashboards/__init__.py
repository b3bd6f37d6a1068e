"""The dashboards: a folder of provisioned ones that nobody changes here, and the imported ones in the database."""
