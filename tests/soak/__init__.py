"""Mail by all roads at once from real servers, while connections are cut and the service is killed."""
