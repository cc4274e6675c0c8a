"""The parts of stage 5: every line gets a label (facts, from the rules), then the labels' shape decides (policy)."""
