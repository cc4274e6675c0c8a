"""What leaves: delivery rows to the relay or the outbox, and what came of each (B87, B88)."""
