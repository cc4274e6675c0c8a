"""Reports of one ticket: what there is to say, and its three forms: text, HTML for a screen, HTML for paper."""
