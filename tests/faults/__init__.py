"""What goes wrong around the program: disks, databases, relays, clocks, and crashes at every point of a mail's way."""
