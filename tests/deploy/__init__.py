"""What is shipped to run the service: the unit for systemd, and the wheel."""
